# Jicofo: its files, and what its log says of its last start.
package Facts::Jicofo;
use strict;
use warnings;
use Facts::Child qw(can_read);
use Facts::File qw(open_file say_file trouble);
use Facts::Say qw(say_section);
use Fcntl qw(SEEK_SET);

our $VERSION = '1';
my $LIMIT = 16_777_216;    # bytes from the log's end

sub say_jicofo {
    my $text = say_file( 'jicofo.config', '/etc/jitsi/jicofo/config' ) // q{};
    my ( $hocon, $legacy ) = qw(/etc/jitsi/jicofo/jicofo.conf /etc/jitsi/jicofo/sip-communicator.properties);
    my ($words) = join q{ }, $text =~ /^[ \t]*(?:export[ ]+)?JAVA_SYS_PROPS=([^\n]*)$/gsm;
    if ( defined $words && $words =~ /-D/sm ) {
        my %moved = $words =~ /-D([\w.]+)=([^\s"']+)/gsm;
        $hocon = $moved{'config.file'} // $hocon;    # jicofo.sh adds its own where none is named
        my ( $where, $name ) = @moved{ map { "net.java.sip.communicator.SC_HOME_DIR_$_" } qw(LOCATION NAME) };
        $legacy = defined $where && defined $name ? "$where/$name/sip-communicator.properties" : undef;
    }
    for my $file ( [ 'hocon', $hocon ], [ 'properties', $legacy ] ) {
        next if !defined $file->[1] || !defined say_file( @{$file} );
        say_section( 'K', 'closed', [ $file->[1], 'jicofo' ], q{} ) if !can_read( 'jicofo', $file->[1] );
    }
    return if defined $legacy;
    return say_section( 'A', 'file', [ 'properties', '/etc/jitsi/jicofo/sip-communicator.properties' ],
        'JAVA_SYS_PROPS of /etc/jitsi/jicofo/config names no folder for it, so Jicofo does not read it' );
}

# The last line in which Jicofo says whether it asks for accounts.
sub say_jicofo_log {
    for my $path (qw(/var/log/jitsi/jicofo.log /var/log/jitsi/jicofo.log.1)) {
        my ( $file, @stat ) = open_file($path);
        if ( !$file ) {
            my ( $state, $why ) = trouble($path);
            say_section( $state, 'jicofo-log', [$path], $why ) if $state eq 'F';
            next;
        }
        my $line = last_line( $file, $stat[7] );
        return say_section( 'K', 'jicofo-log', [ $path, $stat[9] ], $line ) if defined $line;
    }
    return say_section( 'A', 'jicofo-log', [], 'it says nothing of authentication' );
}

sub last_line {
    my ( $file, $size ) = @_;
    my ( $step, $overlap, $tail ) = ( 524_288, 600, q{} );
    for ( my $at = $size ; $at > 0 && $size - $at < $LIMIT ; ) {    ## no critic (ProhibitCStyleForLoops)
        my $length = $at < $step ? $at : $step;
        $at -= $length;
        sysseek $file, $at, SEEK_SET;
        my $bytes = q{};
        my $got = sysread $file, $bytes, $length;
        return if !$got;
        $bytes .= $tail;
        $tail = substr $bytes, 0, $overlap;
        my ( $on, $off ) = ( rindex( $bytes, 'Starting authentication service with config=' ), rindex $bytes, 'Authentication service disabled.' );
        my $found = $on > $off ? $on : $off;
        next if $found < 0;
        my $from = rindex( $bytes, "\n", $found ) + 1;
        $from = $found - $overlap if $found - $from > $overlap;
        my $line = substr $bytes, $from < 0 ? 0 : $from, 2 * $overlap;
        $line =~ s/\n.*//sm;
        return $line;
    }
    return;
}

1;
