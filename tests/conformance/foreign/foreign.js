// Signs and verifies as node programs do.
//
//   node foreign.js xml-crypto sign exclusive|inclusive IN OUT KEY CERTIFICATE
//   node foreign.js xadesjs sign exclusive|inclusive IN OUT KEY CERTIFICATE    XAdES-BES: the document and its properties
//   node foreign.js xml-crypto|xadesjs verify IN CERTIFICATE [DETACHED]        ends with 1 when it does not fit
//
// The packages are taken from the folder LGSP_NODE_MODULES.
'use strict';
const fs = require('fs');
const path = require('path');
const modules = process.env.LGSP_NODE_MODULES;
const from = (name) => require(path.join(modules, name));
const { DOMParser, XMLSerializer } = from('@xmldom/xmldom');

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const FORMS = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  inclusive: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
};
const HEADER = "//*[local-name(.)='edXMLHeader']";
const text = (file) => fs.readFileSync(file, 'utf8');
const read = (file) => new DOMParser().parseFromString(text(file), 'text/xml');
const der = (pem) => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
const signatureOf = (document) => document.getElementsByTagNameNS(DSIG, 'Signature')[0];

function byXmlCrypto(words) {
  const { SignedXml } = from('xml-crypto');
  if (words[0] === 'sign') {
    const [, form, input, output, key, certificate] = words;
    const signer = new SignedXml({
      privateKey: text(key),
      publicCert: text(certificate),
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: FORMS[form],
    });
    signer.addReference({
      xpath: '/*',
      isEmptyUri: true,
      transforms: [`${DSIG}enveloped-signature`, FORMS[form]],
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signer.computeSignature(text(input), { location: { reference: HEADER, action: 'append' } });
    fs.writeFileSync(output, signer.getSignedXml());
    return true;
  }
  const [, input, certificate] = words;
  const verifier = new SignedXml({ publicCert: text(certificate) });
  verifier.loadSignature(signatureOf(read(input)));
  return verifier.checkSignature(text(input));
}

async function byXadesjs(words) {
  const { Crypto } = from('@peculiar/webcrypto');
  const xades = from('xadesjs');
  const crypto = new Crypto();
  xades.Application.setEngine('node', crypto);
  from('xml-core').setNodeDependencies({ DOMParser, XMLSerializer, xpath: from('xpath') });
  const ec = { name: 'ECDSA', namedCurve: 'P-256' };
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (words[0] === 'sign') {
    const [, form, input, output, key, certificate] = words;
    const kind = require('crypto').createPrivateKey(text(key)).asymmetricKeyType === 'ec' ? ec : rsa;
    const held = await crypto.subtle.importKey('pkcs8', der(text(key)), kind, true, ['sign']);
    const document = read(input);
    const header = document.getElementsByTagNameNS('*', 'edXMLHeader')[0] || document.documentElement;
    const signed = new xades.SignedXml();
    signed.XmlSignature.SignedInfo.CanonicalizationMethod.Algorithm = FORMS[form];
    const base64 = der(text(certificate)).toString('base64');
    const algorithm = { ...kind, hash: 'SHA-256' };
    signed.Parent = header; // or its properties are digested without the names around them
    await signed.Sign(algorithm, held, document, {
      x509: [base64],
      signingCertificate: base64,
      references: [{ hash: 'SHA-256', uri: '', transforms: ['enveloped', form === 'exclusive' ? 'exc-c14n' : 'c14n'] }],
    });
    header.appendChild(document.importNode(signed.XmlSignature.GetXml(), true));
    fs.writeFileSync(output, new XMLSerializer().serializeToString(document));
    return true;
  }
  const [, input, , detached] = words;
  const document = read(input);
  const signature = signatureOf(document);
  const signed = new xades.SignedXml(document);
  signed.LoadXml(signature);
  if (detached) {
    signed.contentHandler = async (reference) => (reference.Uri.startsWith('#') ? null : fs.readFileSync(detached));
  } else {
    signed.Parent = signature.parentNode;
    // Its own transform for enveloped signatures looks for them right under the root, and nowhere deeper.
    signature.parentNode.removeChild(signature);
  }
  return signed.Verify();
}

const [, , library, ...words] = process.argv;
Promise.resolve(library === 'xadesjs' ? byXadesjs(words) : byXmlCrypto(words)).then(
  (right) => process.exit(right ? 0 : 1),
  (error) => {
    console.error(`${library}: ${error.message || error}`);
    process.exit(1);
  },
);
