# What is asked for: who wants what, which services restart, and each file as edits of its old bytes.
#
# Edits travel instead of files, and an undo names its backup, so that what sudo may log of our input
# holds none of the secrets that stand elsewhere in the files.
package Apply::Request;
use strict;
use warnings;
use Apply::Backup;
use Apply::Host;
use Apply::Text;

our $VERSION = '1';

my $FILES = 64;

my %LIST = (
    file     => \&_add_file,
    edit     => sub { my ( $request, @edit ) = @_; push @{ $request->{files}[-1]{edits} }, \@edit },
    original => sub { my ( $request, @where ) = @_; $request->{files}[-1]{original} = \@where },
    restart  => sub { my ( $request, $name ) = @_; push @{ $request->{restarts} }, $name },
);

sub _add_file {
    my ( $request, $path, $before, $after, $mode ) = @_;
    die "not a path: $path\n" if $path !~ m{\A/}x || $path =~ m{(?:\A|/)[.]{1,2}(?:/|\z)|//|[\0\n]|/\z}x;
    my %file = ( path => $path, before => $before, after => $after, edits => [] );
    if ( defined $mode && $mode ne q{} ) {
        die "not a mode: $mode\n" if $mode !~ /\A0[0-7]{3}\z/x;
        $file{mode} = oct $mode;
    }
    push @{ $request->{files} }, \%file;
    return;
}

sub parse {
    my ($text) = @_;
    my %request = ( files => [], restarts => [] );
    for my $record ( Apply::Text::records($text) ) {
        my ( $key, @rest ) = @{$record};
        if ( $LIST{$key} ) {
            $LIST{$key}->( \%request, @rest );
        }
        else {
            $request{$key} = $rest[0];
        }
    }
    die "more files than a change of ours has\n" if @{ $request{files} } > $FILES;
    return \%request;
}

# The wanted bytes of one file, from its old ones.
sub wanted {
    my ( $host, $file, $old ) = @_;
    if ( $file->{original} ) {
        my ( $id, $index ) = @{ $file->{original} };
        die "not a number: $index\n" if $index !~ /\A\d+\z/x;
        my $bytes = Apply::Host::slurp( Apply::Backup->open_one( $host, $id )->original($index) );
        return defined $bytes ? $bytes : die "the backup $id can't be read\n";
    }
    my $new = q{};
    my $at  = 0;
    for my $edit ( @{ $file->{edits} } ) {
        my ( $offset, $length, $text ) = @{$edit};
        die "an edit of $file->{path} is out of place\n"
          if "$offset$length" =~ /\D/x || $offset < $at || $offset + $length > length $old;
        $new .= substr( $old, $at, $offset - $at ) . $text;
        $at = $offset + $length;
    }
    return $new . substr $old, $at;
}

1;
