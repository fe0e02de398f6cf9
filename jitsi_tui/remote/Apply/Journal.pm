# What a run says while it goes: one line a beginning and one an end of each step.
#
#   run ID | begin NAME | done NAME SECONDS DETAIL | fail NAME SECONDS REASON | left SECONDS |
#   end ENDING MESSAGE HINT
#
# Fields are separated by tabs and escaped. Nothing of what the files hold is written here.
package Apply::Journal;
use strict;
use warnings;
use Apply::Disk;
use Apply::Host;
use Apply::Text;
use Fcntl qw(:DEFAULT);

our $VERSION = '1';

sub new {
    my ( $class, $path ) = @_;
    sysopen my $handle, $path, O_WRONLY | O_CREAT | O_APPEND, oct '600' or die "no journal: $!\n";
    return bless { handle => $handle, strict => 1, steps => [] }, $class;
}

# Once the server is changed the run goes on without a journal: ending well counts more.
sub lenient {
    my ($self) = @_;
    $self->{strict} = 0;
    return;
}

sub say_line {
    my ( $self, @fields ) = @_;
    my $written = eval { Apply::Disk::write_all( $self->{handle}, Apply::Text::line(@fields), 'the journal' ); 1 };
    die $@ if !$written && $self->{strict};
    return;
}

# Does one step, and says so. Its result is a detail for people; it fails by dying.
sub step {
    my ( $self, $name, $work ) = @_;
    $self->say_line( 'begin', $name );
    my $began  = Apply::Host::now();
    my $detail = eval { $work->() };
    my $why    = $@;
    my $took   = sprintf '%.2f', Apply::Host::now() - $began;
    if ( $why ne q{} ) {
        push @{ $self->{steps} }, [ $name, $took, 0 ];
        my $line = $why;
        chomp $line;
        $self->say_line( 'fail', $name, $took, $line );
        die $why;
    }
    push @{ $self->{steps} }, [ $name, $took, 1 ];
    $self->say_line( 'done', $name, $took, $detail );
    return;
}

1;
