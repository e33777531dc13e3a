<?php
// Arguments: description, user, secret, file of a good document, file of a bad one, soap version. Prints JSON.
[, $wsdl, $user, $secret, $good, $bad, $version] = $argv;
$client = new SoapClient($wsdl, [
    'login' => $user, 'password' => $secret, 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true,
    'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
]);
$sent = $client->SendDocument(['Document' => file_get_contents($good)]);
$found = $client->GetDocument(['DispatchId' => $sent->DispatchId]);
try {
    $client->SendDocument(['Document' => file_get_contents($bad)]);
    $code = 'no fault';
    $line = '';
} catch (SoapFault $fault) {
    $code = $fault->detail->Error->Code;
    $line = $fault->getMessage();
}
echo json_encode([
    'receipt' => base64_encode($sent->Receipt),
    'document' => base64_encode($found->Document),
    'agencies' => array_map(fn($agency) => $agency->Code, $client->ListAgencies()->Agency),
    'code' => $code,
    'line' => $line,
]);
