#!/usr/bin/perl
# Gathers what there is to know about the Jitsi on this server. Changes nothing.
#
#   facts.pl --nonce=HEX [--root=DIR] [--path-first=DIR] [--manager=auto|systemd|init]
#            [--backups=DIR] [--only=jicofo-log]
#
# Needs perl-base alone. Handed over with it (see loader.pl) are its modules, the Lua program that asks
# Prosody's configuration manager, and the log lines that are known.
# Output: sections of "NONCE STATE NAME FIELD... LENGTH\n", LENGTH bytes and a line feed. Fields are
# percent-encoded. STATE is K (known), A (looked for, not there) or F (could not be looked at); the bytes
# of A and F say why. The last section is "end".
use strict;
use warnings;

our $VERSION = '1';
our %handed;

my $PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
my %option = ( root => q{}, 'path-first' => q{}, manager => 'auto', backups => q{}, only => q{} );
for my $word (@ARGV) {
    $option{$1} = $2 if $word =~ /\A--([a-z-]+)=(.*)\z/sm;
}
defined $option{nonce} or die "no nonce\n";
local $ENV{LC_ALL} = 'C';
local $ENV{PATH} = $option{'path-first'} eq q{} ? $PATH : "$option{'path-first'}:$PATH";
local $SIG{PIPE} = 'DEFAULT';
binmode STDOUT;
alarm 20;

require Facts::Say;
require Facts::File;
require Facts::Jicofo;
require Facts::Machine;
Facts::Say::with_nonce( $option{nonce} );
Facts::File::under( $option{root} );
Facts::Say::say_section( 'K', 'begin', [1], q{} );
if ( $option{only} eq 'jicofo-log' ) {
    Facts::Jicofo::say_jicofo_log();
}
else {
    require Facts::Child;
    require Facts::Lines;
    require Facts::Prosody;
    require Facts::Service;
    require Facts::Web;
    Facts::Prosody::find_prosody();
    my $meaning = Facts::Prosody::start_meaning( $handed{'meaning.lua'}, $option{nonce} );
    my $disks   = Facts::Machine::start_disks();
    Facts::Machine::say_host( $option{manager} );
    my @domains = Facts::Web::say_meet();
    Facts::Prosody::say_prosody_files();
    Facts::Jicofo::say_jicofo();
    Facts::Web::say_web(@domains);
    Facts::Service::say_services( $option{manager} );
    my $check = Facts::Web::start_check();
    Facts::Prosody::say_accounts();
    Facts::Jicofo::say_jicofo_log();
    Facts::Lines::say_lines( $handed{'known-lines'} );
    Facts::Machine::say_the_rest( $option{backups} );
    Facts::Machine::say_disks($disks);
    Facts::Web::say_check($check);
    Facts::Prosody::say_meaning( $meaning, $option{nonce} );
}
Facts::Say::say_section( 'K', 'end', [], q{} );
