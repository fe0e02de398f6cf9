# Where logrotate puts a log aside, if that is another folder ("olddir", see logrotate(8)).
package Follow::Olddir;
use strict;
use warnings;
use Exporter qw(import);
use File::Glob qw(bsd_glob);

our $VERSION   = '1';
our @EXPORT_OK = qw(olddir olddir_in);

my $MOST = 262_144;    # bytes of one file of its configuration
my $KEPT = 60;         # seconds for which what was read holds

# The folder, with a slash at its end; undef if a log stays in its own.
sub olddir {
    my ( $s, $path ) = @_;
    my $known = $s->{olddir}{$path};
    return $known->{folder} if $known && abs( $Follow::Out::now - $known->{at} ) < $KEPT;
    my @texts = map { text_of($_) } '/etc/logrotate.conf', bsd_glob('/etc/logrotate.d/*');
    my $folder = olddir_in( $path, @texts );
    $s->{olddir}{$path} = { at => $Follow::Out::now, folder => $folder };
    return $folder;
}

sub text_of {
    my ($path) = @_;
    return if !-f $path;
    open my $fh, '<', $path or return;
    my $n = read $fh, my ($text), $MOST;
    close $fh or return;
    return $n ? $text : ();
}

# The same from the text of each file of the configuration, first the one that holds for all.
sub olddir_in {
    my ( $path, @texts ) = @_;
    my ( $general, $folder );
    for my $text (@texts) {
        $text =~ s/^\s*[#][^\n]*//gxms;
        $text =~ s/^\s*(?:pre|post|first|last)(?:rotate|action|remove)\b.*?^\s*endscript\b//gxms;
        while ( $text =~ /([^{}]+)(?:[{]([^{}]*)[}])?/gxms ) {
            my ( $before, $block ) = ( $1, $2 );
            $general = named( $before, $general );
            next if !defined $block;
            $folder = named( $block, $general ) if grep { $_ eq $path } map { bsd_glob($_) } patterns($before);
        }
    }
    return if !defined $folder;
    my ($own) = $path =~ m{\A(.*/)}xms;
    return ( $folder =~ m{\A/}xms ? q{} : $own ) . "$folder/";
}

# What a piece of it says, if it says anything of it; else what held before.
sub named {
    my ( $text, $folder ) = @_;
    for my $line ( split /\n/xms, $text ) {
        $folder = $1    if $line =~ /\A\s*olddir[\s=]+["']?([^"']*[^"'\s])/xms;
        $folder = undef if $line =~ /\A\s*noolddir\b/xms;
    }
    return $folder;
}

# The names of logs before a block.
sub patterns {
    my ($text) = @_;
    my @found;
    for my $line ( grep { m{\A\s*["'/]}xms } split /\n/xms, $text ) {
        push @found, grep { defined } $line =~ /"([^"]*)"|'([^']*)'|([^\s"']+)/gxms;
    }
    return @found;
}

1;
