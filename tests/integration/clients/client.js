// Arguments: description, user, secret, file of a good document, file of a bad one, soap version. Prints JSON.
const fs = require('fs');
const soap = require('soap');

const [wsdl, user, secret, good, bad, version] = process.argv.slice(2);

async function main() {
  const client = await soap.createClientAsync(wsdl, { forceSoap12Headers: version === '1.2' });
  client.setSecurity(new soap.BasicAuthSecurity(user, secret));
  const sending = (file) => client.SendDocumentAsync({ Document: fs.readFileSync(file).toString('base64') });
  const [sent] = await sending(good);
  const [found] = await client.GetDocumentAsync({ DispatchId: sent.DispatchId });
  const [listed] = await client.ListAgenciesAsync({});
  let code = 'no fault';
  let line = '';
  try {
    await sending(bad);
  } catch (error) {
    const fault = error.root.Envelope.Body.Fault;
    code = (fault.detail || fault.Detail).Error.Code;
    line = error.message;
  }
  const agencies = listed.Agency.map((agency) => agency.Code);
  console.log(JSON.stringify({ receipt: sent.Receipt, document: found.Document, agencies, code, line }));
}

main().catch((error) => { console.error(error); process.exit(1); });
