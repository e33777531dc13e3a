# Arguments: address, user, secret, file of a good document, file of a bad one, soap version. Prints JSON.
# Without the description: what SOAP::Lite writes by itself has xsi:type on every value.
use strict;
use warnings;
use JSON::PP;
use SOAP::Lite;

my ($address, $user, $secret, $good, $bad, $version) = @ARGV;
sub SOAP::Transport::HTTP::Client::get_basic_credentials { return $user => $secret }

SOAP::Lite->soapversion($version);
my $soap = SOAP::Lite->new(proxy => $address)->default_ns('urn:lgsp:exchange:1');
sub octets { my ($file) = @_; local (@ARGV, $/) = ($file); return scalar <> }
sub send_document {
  my ($file) = @_;
  return $soap->call('SendDocument', SOAP::Data->name('Document')->type('base64Binary')->value(octets($file)));
}

my $sent = send_document($good);
die $sent->faultstring if $sent->fault;
my $found = $soap->call('GetDocument', SOAP::Data->name('DispatchId')->value($sent->valueof('//DispatchId')));
die $found->faultstring if $found->fault;
my $listed = $soap->call('ListReceived', SOAP::Data->name('Limit')->value(5));
die $listed->faultstring if $listed->fault;
my $agencies = $soap->call('ListAgencies');
my $refused = send_document($bad);
print encode_json({
  receipt => $sent->valueof('//Receipt'),
  document => $found->valueof('//Document'),
  agencies => [$agencies->valueof('//Agency/Code')],
  code => $refused->valueof('//Error/Code'),
  line => $refused->faultstring || scalar $refused->valueof('//Fault/Reason/Text'),
});
