# A file of a change that is not there yet: made beside its place, linked into it, taken away again.
package Apply::NewFile;
use strict;
use warnings;
use Apply::Disk;
use Apply::File;
use Apply::Kernel;
use Cwd ();
use parent -norequire, 'Apply::File';

our $VERSION = '1';

my $MODE = oct '644';

# Nothing may be there, in a folder that is; the bytes before are none.
sub check {
    my ($self) = @_;
    my ( $path, $folder ) = @{$self}{qw(path folder)};
    my $shown = Apply::Disk::folder_of($path);
    die "$path is there already\n"    if lstat $self->{real};
    die "there is no folder $shown\n" if !-d $folder;
    my $resolved = Cwd::abs_path($folder);
    my $name = substr $path, length($shown) + 1;
    die "$shown lies elsewhere now\n" if !defined $resolved || "$resolved/$name" ne $self->_expected;
    my $why = Apply::Kernel::frozen($folder);
    die "$shown is $why\n" if defined $why;
    @{$self}{qw(bytes stat)} = ( q{}, [ 0, 0, $MODE, 0, $>, $) + 0 ] );
    return q{};
}

sub stage {
    my ( $self, $bytes ) = @_;
    my $new = $self->{new};
    Apply::Disk::create( $new, $bytes, $MODE );
    chmod $MODE, $new or die "$self->{path} can't be made readable: $!\n";
    die "$self->{path} was staged wrongly\n"
      if Apply::Disk::sha256( $self->{host}, $new ) ne $self->{after};
    $self->{wanted} = $bytes;
    return;
}

sub keep_old { return }

sub check_again {
    my ($self) = @_;
    die "$self->{path} was made by somebody else meanwhile\n" if lstat $self->{real};
    return;
}

# A link never replaces what somebody else put there meanwhile.
sub swap_in {
    my ($self) = @_;
    my ( $real, $new ) = @{$self}{qw(real new)};
    $self->check_again;
    link $new, $real or die "$self->{path} can't be made: $!\n";
    $self->{swapped} = 1;
    unlink $new;
    return;
}

sub whose {
    my ( $self, $path ) = @_;
    my $found = $self->SUPER::whose($path);
    return !defined $path && $found eq 'gone' ? 'old' : $found;
}

# It is there under both names between the two steps of swap_in.
sub was_swapped { return 1 }

sub give_back {
    my ($self) = @_;
    my $whose = $self->whose;
    return $whose eq 'old' if $whose ne 'ours';
    unlink $self->{real} or die "$self->{path} can't be taken away again: $!\n";
    return 1;
}

1;
