import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Signs and verifies as Java programs do. With `santuario` for the first word Apache Santuario does it, with `jdk`
 * javax.xml.crypto.
 *
 * <pre>
 * java Foreign.java jdk sign exclusive|inclusive IN OUT KEY CERTIFICATE     the document's header gets a signature
 * java Foreign.java jdk verify IN CERTIFICATE [DETACHED]                    ends with 1 when it does not fit
 * </pre>
 */
public class Foreign {
    static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";
    static final String SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    static final String MORE = "http://www.w3.org/2001/04/xmldsig-more#";

    public static void main(String[] words) throws Exception {
        boolean santuario = words[0].equals("santuario");
        if (santuario) org.apache.xml.security.Init.init();
        if (words[1].equals("sign")) {
            String form = words[2].equals("exclusive")
                ? "http://www.w3.org/2001/10/xml-exc-c14n#" : "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
            Document document = read(words[3]);
            Element header = header(document.getDocumentElement());
            X509Certificate certificate = certificate(words[6]);
            PrivateKey key = key(words[5], certificate.getPublicKey().getAlgorithm());
            if (santuario) signBySantuario(header, form, key, certificate);
            else signByJdk(header, form, key, certificate);
            write(document, words[4]);
            return;
        }
        Document document = read(words[2]);
        Element signature = (Element) document.getElementsByTagNameNS(DSIG, "Signature").item(0);
        byte[] detached = words.length > 4 ? Files.readAllBytes(Path.of(words[4])) : null;
        Key key = certificate(words[3]).getPublicKey();
        marked(document);
        boolean right = santuario ? bySantuario(signature, key, detached) : byJdk(signature, key, detached);
        System.exit(right ? 0 : 1);
    }

    static void signByJdk(Element header, String form, PrivateKey key, X509Certificate certificate) throws Exception {
        XMLSignatureFactory made = XMLSignatureFactory.getInstance("DOM");
        var transforms = List.of(
            made.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
            made.newTransform(form, (TransformParameterSpec) null));
        var reference = made.newReference("", made.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
        var info = made.newSignedInfo(
            made.newCanonicalizationMethod(form, (C14NMethodParameterSpec) null),
            made.newSignatureMethod(algorithm(key), null),
            List.of(reference));
        KeyInfoFactory keys = made.getKeyInfoFactory();
        var keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));
        made.newXMLSignature(info, keyInfo).sign(new DOMSignContext(key, header));
    }

    static void signBySantuario(Element header, String form, PrivateKey key, X509Certificate certificate)
        throws Exception {
        var signature = new org.apache.xml.security.signature.XMLSignature(
            header.getOwnerDocument(), "", algorithm(key), form);
        header.appendChild(signature.getElement());
        var transforms = new org.apache.xml.security.transforms.Transforms(header.getOwnerDocument());
        transforms.addTransform(DSIG + "enveloped-signature");
        transforms.addTransform(form);
        signature.addDocument("", transforms, SHA256);
        signature.addKeyInfo(certificate);
        signature.addKeyInfo(certificate.getPublicKey()); // as many do: the bare key beside the certificate
        signature.sign(key);
    }

    static boolean byJdk(Element signature, Key key, byte[] detached) throws Exception {
        var context = new DOMValidateContext(key, signature);
        XMLSignatureFactory made = XMLSignatureFactory.getInstance("DOM");
        if (detached != null) {
            URIDereferencer usual = made.getURIDereferencer();
            context.setURIDereferencer((uri, within) -> uri.getURI().startsWith("#")
                ? usual.dereference(uri, within) : new OctetStreamData(new ByteArrayInputStream(detached)));
        }
        return made.unmarshalXMLSignature(context).validate(context);
    }

    static boolean bySantuario(Element signature, Key key, byte[] detached) throws Exception {
        var found = new org.apache.xml.security.signature.XMLSignature(signature, "");
        if (detached != null) found.addResourceResolver(new Beside(detached));
        return found.checkSignatureValue(key);
    }

    /** Gives the octets beside a seal whatever they are called. */
    static class Beside extends org.apache.xml.security.utils.resolver.ResourceResolverSpi {
        final byte[] octets;

        Beside(byte[] octets) { this.octets = octets; }

        @Override
        public boolean engineCanResolveURI(org.apache.xml.security.utils.resolver.ResourceResolverContext asked) {
            return asked.uriToResolve != null && !asked.uriToResolve.isEmpty() && !asked.uriToResolve.startsWith("#");
        }

        @Override
        public org.apache.xml.security.signature.XMLSignatureInput engineResolveURI(
            org.apache.xml.security.utils.resolver.ResourceResolverContext asked) {
            return new org.apache.xml.security.signature.XMLSignatureInput(octets);
        }
    }

    static String algorithm(Key key) {
        return MORE + (key.getAlgorithm().equals("RSA") ? "rsa-sha256" : "ecdsa-sha256");
    }

    static Element header(Element root) {
        NodeList found = root.getElementsByTagNameNS("*", "edXMLHeader");
        return found.getLength() > 0 ? (Element) found.item(0) : root;
    }

    /** A parser without schema knows no identifiers: name them. */
    static void marked(Document document) {
        NodeList all = document.getElementsByTagNameNS("*", "*");
        List<Element> elements = new ArrayList<>();
        for (int at = 0; at < all.getLength(); at++) elements.add((Element) all.item(at));
        for (Element element : elements) if (element.hasAttribute("Id")) element.setIdAttribute("Id", true);
    }

    static Document read(String path) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(Path.of(path).toFile());
    }

    static void write(Document document, String path) throws Exception {
        Transformer writer = TransformerFactory.newInstance().newTransformer();
        writer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
        try (OutputStream out = Files.newOutputStream(Path.of(path))) {
            writer.transform(new DOMSource((Node) document), new StreamResult(out));
        }
    }

    static X509Certificate certificate(String path) throws Exception {
        try (var in = Files.newInputStream(Path.of(path))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    static PrivateKey key(String path, String algorithm) throws Exception {
        String pem = Files.readString(Path.of(path)).replaceAll("-----[^-]+-----", "");
        byte[] der = java.util.Base64.getMimeDecoder().decode(pem);
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    }
}
