# systemd's journal of a unit, where the log file is missing.
package Follow::Journal;
use strict;
use warnings;
use Exporter qw(import);
use Follow::Disk qw(open_program close_stream);
use Follow::Out qw(emit hex_of say_state);

our $VERSION   = '1';
our @EXPORT_OK = qw(start_journal read_journal stop_journal);

our $once = 0;    # whether no more is wanted than there is

my @COMMAND = ( qw(journalctl --no-pager -q -o json), '--output-fields=MESSAGE,PRIORITY', '-u' );

sub start_journal {
    my ( $s, $lines ) = @_;
    return if !length $s->{unit};
    # From the entry that was seen last, so that the client sees whether it is still there: journalctl
    # goes on elsewhere without a word if it isn't.
    my @where
        = length $s->{cursor} ? ( "--cursor=$s->{cursor}", '-n', 'all' )
        : $lines < 0          ? ( '-n', 'all' )
        :                       ( '-n', $lines );
    push @where, '-f' if !$once;
    my ( $from, $pid ) = open_program( undef, @COMMAND, $s->{unit}, @where ) or return;
    $s->{journal_file} ||= $Follow::Out::next++;
    $s->{journal} = { fh => $from, pid => $pid, file => $s->{journal_file} };
    emit( 'I', $s->{index}, $s->{journal_file}, 0, join q{ }, 'journal', 0, 0, $Follow::Out::now, q{-}, q{-},
        hex_of( $s->{unit} ) );
    say_state( $s, 'journal', $s->{unit} );
    return;
}

sub read_journal {
    my ($s) = @_;
    my $journal = $s->{journal} or return 0;
    my $ready = q{};
    vec( $ready, fileno $journal->{fh}, 1 ) = 1;
    return 0 if select( $ready, undef, undef, 0 ) < 1;
    my $n = sysread $journal->{fh}, my $bytes, 131_072;
    if ( !$n ) {
        stop_journal($s);
        $s->{unit}  = q{};          # it would only end again
        $s->{state} = q{} if !$once;
        return 0;
    }
    emit( 'J', $s->{index}, $journal->{file}, 0, $bytes );
    return 1;
}

sub stop_journal {
    my ($s) = @_;
    my $journal = delete $s->{journal} or return;
    kill 'TERM', $journal->{pid};
    emit( 'E', $s->{index}, $journal->{file}, 0, q{} );
    close_stream($journal);
    return;
}

1;
