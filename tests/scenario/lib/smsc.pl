#!/usr/bin/perl
# An SMSC by Net::SMPP, a peer that nobody here wrote. It takes one connection after another on a
# port of its own. It speaks JSON, one object a line: on standard output what it hears, on standard
# input what it is to say. The numbers of its own requests are its own; answers are matched by them.
#
#	smsc.pl [PASSWORD]
#
# out: {port}, {heard: "bind" | "submit" | "answer" | "unbind" | "closed", ...}, {said, seq}
# in:  {say: "deliver" | "data" | "enquire" | "unbind", fields: {...}}; bodies and TLVs are hex
use strict;
use warnings;

use IO::Select;
use JSON::PP;
use Net::SMPP;

my $password = shift // 'secret';
my $json = JSON::PP->new->canonical->latin1;
my $ids = 0;

my %BINDS = (
	Net::SMPP::CMD_bind_receiver() => 'receiver',
	Net::SMPP::CMD_bind_transmitter() => 'transmitter',
	Net::SMPP::CMD_bind_transceiver() => 'transceiver',
);

$| = 1;

sub report {
	print $json->encode({@_}), "\n";
}

sub hex_of {
	return unpack 'H*', shift // '';
}

sub hear_bind {
	my ($esme, $pdu, $kind) = @_;
	my $method = "bind_${kind}_resp";
	my $status = $pdu->{password} eq $password ? 0 : 0x0E;

	$esme->$method(seq => $pdu->seq, status => $status, system_id => 'netsmpp');
	report(
		heard => 'bind', kind => $kind, status => $status, system_id => $pdu->{system_id},
		version => $pdu->{interface_version},
	);
}

sub hear_submit {
	my ($esme, $pdu) = @_;
	my $id = sprintf '%08x', ++$ids;

	$esme->submit_sm_resp(seq => $pdu->seq, message_id => $id);
	report(
		heard => 'submit', id => $id, map({ $_ => $pdu->{$_} }
			qw(source_addr source_addr_ton source_addr_npi destination_addr dest_addr_ton
			dest_addr_npi esm_class data_coding registered_delivery)),
		body => hex_of($pdu->{short_message}), payload => hex_of($pdu->{message_payload}),
	);
}

# Returns false when the connection is over.
sub hear {
	my $esme = shift;
	my $pdu = $esme->read_pdu or return 0;
	my $command = $pdu->cmd;

	if (my $kind = $BINDS{$command}) {
		hear_bind($esme, $pdu, $kind);
	} elsif ($command == Net::SMPP::CMD_submit_sm()) {
		hear_submit($esme, $pdu);
	} elsif ($command == Net::SMPP::CMD_enquire_link()) {
		$esme->enquire_link_resp(seq => $pdu->seq);
	} elsif ($command == Net::SMPP::CMD_unbind()) {
		$esme->unbind_resp(seq => $pdu->seq);
		report(heard => 'unbind');
	} else {
		report(heard => 'answer', command => $pdu->explain_cmd, seq => $pdu->seq,
			status => $pdu->status);
	}
	return 1;
}

my %SAY = (
	deliver => 'deliver_sm',
	data => 'data_sm',
	enquire => 'enquire_link',
	unbind => 'unbind',
);

sub say_line {
	my ($esme, $line) = @_;
	my $order = $json->decode($line);
	my $method = $SAY{$order->{say}} or die "say what? $line";
	my %fields = %{$order->{fields} // {}};

	for my $name (qw(short_message message_payload receipted_message_id message_state)) {
		$fields{$name} = pack 'H*', $fields{$name} if defined $fields{$name};
	}
	my $seq = $esme->$method(%fields, async => 1);
	report(said => $order->{say}, seq => $seq);
}

# Serves one connection until it ends; false when standard input did.
sub serve {
	my $esme = shift;
	my $select = IO::Select->new($esme, \*STDIN);
	my $lines = '';

	for (;;) {
		for my $ready ($select->can_read) {
			if ($ready != \*STDIN) {
				hear($esme) or return 1;
				next;
			}
			sysread(STDIN, $lines, 65536, length $lines) or return 0;
			say_line($esme, $1) while $lines =~ s/^(.*)\n//;
		}
	}
}

my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, timeout => undef)
	or die "cannot listen: $!";
report(port => $listener->sockport);
while (my $esme = $listener->accept) {
	my $more = serve($esme);
	close $esme;
	last unless $more;
	report(heard => 'closed');
}
