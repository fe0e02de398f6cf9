# Prosody: its files, what they mean, its accounts.
package Facts::Prosody;
use strict;
use warnings;
use Facts::Child qw(can_read finish start);
use Facts::File qw(names plain_names real_path root say_file slurp trouble);
use Facts::Say qw(say_section);

our $VERSION = '1';
my $MANY    = 300;
my %prosody = ( sources => '/usr/lib/prosody', config => '/etc/prosody', data => '/var/lib/prosody' );

sub find_prosody {
    for my $program (qw(/usr/bin/prosody /usr/local/bin/prosody)) {
        my $text = slurp( $program, 65_536 ) // next;
        ( $prosody{lua} ) = $text =~ m{\A\#![^\n]*?(lua[\d.jit]*)}sm;
        for my $what ( [ sources => 'SOURCEDIR' ], [ config => 'CONFIGDIR' ], [ data => 'DATADIR' ] ) {
            $prosody{ $what->[0] } = $1 if $text =~ m{^CFG_$what->[1]\s*=\s*['"](/[^'"]+)['"]}sm;
        }
        last;
    }
    my $version = slurp("$prosody{sources}/prosody.version");
    say_section( 'K', 'version', ['prosody'], $version ) if defined $version;
    return;
}

sub say_prosody_files {
    my $main  = "$prosody{config}/prosody.cfg.lua";
    my @queue = ($main);
    my %seen;
    while ( defined( my $path = shift @queue ) ) {
        next if $seen{$path}++ || keys %seen > $MANY;
        my $bytes = say_file( 'prosody', $path ) // next;
        $seen{ real_path($path) } = 1;
        $prosody{data} = $1 if $bytes =~ m{^\s*data_path\s*=\s*["'](/[^"']+)["']}sm;
        $prosody{log} = $1 if $bytes =~ m{^(?![ \t]*--)[^\n]*\b(?:debug|info|log)\s*=\s*["'](/[^"'\n]+)["']}sm;
        my $folder = $path =~ s{[^/]+\z}{}rsm;
        while ( $bytes =~ /^[ \t]*[Ii]nclude\s*[(]?\s*(["'])([^"'\n]+)\1/gsm ) {
            push @queue, included( resolved( $folder, $2 ) );
        }
    }
    my $aside = "$prosody{config}/conf.avail";
    for my $name ( names( $aside, qr/\A[^.].*[.]cfg[.]lua\z/sm ) ) {
        say_file( 'aside', "$aside/$name" ) if !$seen{ real_path("$aside/$name") };
    }
    return;
}

# Where its log goes, as its files say.
sub log_path { return $prosody{log} // '/var/log/prosody/prosody.log' }

# The path as Prosody makes it (util.paths): what it says it has read is compared with it.
sub resolved {
    my ( $folder, $named ) = @_;
    $named =~ s{\A[.]/+}{}sm;
    return $named =~ m{\A/}sm ? $named : "$folder$named";
}

sub included {
    my ($path) = @_;
    return $path if $path !~ /[*?]/sm;
    my ( $folder, $glob ) = $path =~ m{\A(.*)/([^/]*)\z}sm;
    return if $folder =~ /[*?]/sm;
    my $pattern = quotemeta $glob;
    $pattern =~ s/\\[*]/.*/gsm;
    $pattern =~ s/\\[?]/./gsm;
    return map { "$folder/$_" } names( $folder, qr/\A(?![.])$pattern\z/sm );
}

# Starts the server's Lua as user prosody: the files are programs.
sub start_meaning {
    my ( $lua, $mark ) = @_;
    return if !-r root() . "$prosody{sources}/core/configmanager.lua" || $lua !~ /\S/sm;
    my @lua = ( $prosody{lua} // 'lua5.4', '-', root() . $prosody{sources}, root() . "$prosody{config}/prosody.cfg.lua", "$mark " );
    return start( $lua, ( $> == 0 && root() eq q{} ? 'prosody' : undef ), @lua );
}

sub say_meaning {
    my ( $job, $mark ) = @_;
    if ( !$job ) {
        return say_section( 'A', 'meaning', [], 'Prosody is not installed here' );
    }
    my $said = finish($job);
    my $at = rindex $said, "\n$mark ";
    if ( $at < 0 ) {
        my $why = $said =~ /(\S[^\n]*)\s*\z/sm ? substr $1, 0, 300 : 'it said nothing';
        return say_section( 'F', 'meaning', [], "$prosody{lua} could not read it: $why" );
    }
    return say_section( 'K', 'meaning', [], substr $said, $at + 2 + length $mark );
}

sub say_accounts {
    my $hosts;
    if ( !opendir $hosts, root() . $prosody{data} ) {
        my ( $state, $why ) = trouble( $prosody{data} );
        return say_section( $state, 'accounts', [], $why );
    }
    my @hosts = sort grep { !/\A[.]/sm } readdir $hosts;
    closedir $hosts;
    for my $host (@hosts) {
        my $folder = "$prosody{data}/$host/accounts";
        next if !-d root() . $folder;
        my @names = grep { /[.]dat\z/sm } plain_names($folder);
        my ($closed) = grep { !can_read( 'prosody', $_ ) } $folder, map { "$folder/$_" } @names[ 0 .. ( @names ? 0 : -1 ) ];
        say_section( 'K', 'closed', [ $closed, 'prosody', $host ], q{} ) if defined $closed;
        say_section( 'K', 'accounts', [$host], join "\n", scalar @names, @names > 20 ? @names[ 0 .. 19 ] : @names );
    }
    return;
}

1;
