# A file of a change that goes: kept under a second name until the change is confirmed.
package Apply::GoneFile;
use strict;
use warnings;
use Apply::Disk;
use Apply::File;
use parent -norequire, 'Apply::File';

our $VERSION = '1';

my $MODE = oct '644';

sub stage { return }

sub swap_in {
    my ($self) = @_;
    $self->check_again;
    unlink $self->{real} or die "$self->{path} can't be taken away: $!\n";
    $self->{swapped} = 1;
    return;
}

sub whose {
    my ( $self, $path ) = @_;
    my $found = $self->SUPER::whose($path);
    return !defined $path && $found eq 'gone' ? 'ours' : $found;
}

sub was_swapped { return 1 }

sub give_back {
    my ( $self, $kept ) = @_;
    my $whose = $self->whose;
    return $whose eq 'old' if $whose ne 'ours';
    my ( $old, $real ) = @{$self}{qw(old real)};
    $self->_remake_old($kept) if $self->whose($old) ne 'old';
    link $old, $real or die "$self->{path} can't be given back: $!\n";
    return 1;
}

# From the backup, where the second name was lost.
sub _remake_old {
    my ( $self, $kept ) = @_;
    my $bytes = $self->_kept_bytes($kept);
    unlink $self->{old};
    Apply::Disk::create( $self->{old}, $bytes, $MODE );
    chmod $MODE, $self->{old} or die "$self->{path} can't be made readable: $!\n";
    return;
}

1;
