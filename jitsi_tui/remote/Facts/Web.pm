# The web: config.js, the sites that name the domain, their certificates.
package Facts::Web;
use strict;
use warnings;
use Facts::Child qw(can_read finish start);
use Facts::File qw(names plain_names real_path root say_file slurp);
use Facts::Say qw(say_section);
use Facts::Service;

our $VERSION = '1';

my %CHECK  = ( nginx => [qw(/usr/sbin/nginx -t -q)], apache2 => [qw(/usr/sbin/apache2ctl -t)] );
my $PID    = '/run/nginx.pid';
my ( $error_log, $worker, @keys, %scripts );

# Where nginx writes what goes wrong with the site, if the site says so itself.
sub error_log { return $error_log }

sub say_meet {
    my @domains;
    for my $name ( names( '/etc/jitsi/meet', qr/-config[.]js\z/sm ) ) {
        say_script("/etc/jitsi/meet/$name");
        push @domains, $name =~ s/-config[.]js\z//rsm;
    }
    return @domains;
}

# A config.js, once, and whether the web server may read it.
sub say_script {
    my ($path) = @_;
    return if $scripts{$path}++;
    say_file( 'meet', $path );
    $worker //= worker();
    say_section( 'K', 'closed', [ $path, $worker ], q{} ) if !can_read( $worker, $path );
    return;
}

# The user that the web server reads as.
sub worker {
    return $1 if ( slurp('/etc/nginx/nginx.conf') // q{} ) =~ /^[ \t]*user[ \t]+([\w-]+)/sm;
    return 'www-data';    # as Debian's Apache runs
}

# Where else a site has its config.js.
sub scripts_of {
    my ($text) = @_;
    return (
        $text =~ m{(?:^|[;{}])[ \t]*(?:alias|set[ \t]+\$config_js_location)[ \t]+"?(/[^\s;"\$]*config[.]js)"?[ \t]*;}gsm,
        $text =~ m{^[ \t]*Alias[ \t]+"?/\S*config[.]js"?[ \t]+"?(/[^\s"]*config[.]js)}gsm,
    );
}

sub say_web {
    my (@domains) = @_;
    my $ours = join q{|}, qw(/etc/jitsi /usr/share/jitsi http-bind), map { quotemeta } @domains;
    my ( %certificate, @roots );
    for my $folder (qw(/etc/nginx/sites-enabled /etc/nginx/conf.d /etc/apache2/sites-enabled)) {
        for my $name ( grep { -f root() . "$folder/$_" } plain_names($folder) ) {
            my $text = say_file( 'site', "$folder/$name", sub { $_[0] =~ /$ours/sm } ) // next;
            push @keys, $text =~ /(?:^|[;{}])[ \t]*(?:ssl_certificate_key|SSLCertificateKeyFile)[ \t]+"?(\/[^\s;"]+)/gsm;
            $certificate{$_} = 1 for $text =~ /(?:^|[;{}])[ \t]*(?:ssl_certificate|SSLCertificateFile)[ \t]+"?([^\s;"]+)/gsm;
            push @roots, web_roots($text);
            say_script($_) for scripts_of($text);
            $error_log = $1 if $folder =~ /nginx/sm && $text =~ m{(?:^|[;{}])[ \t]*error_log[ \t]+(/[^\s;]+)}sm;
        }
    }
    say_file( 'nginx', '/etc/nginx/nginx.conf' );
    say_file( 'certificate', $_ ) for sort keys %certificate;
    push @keys, keys %certificate;
    say_page(@roots);
    return;
}

# Has a web server read its own files, where it has not read them as they are.
sub start_check {
    return if $> != 0 || root() ne q{};
    my %runs = map { $_ => scalar Facts::Service::started($_) } keys %CHECK;
    my ($name) = grep { -x $CHECK{$_}[0] && ( defined $runs{$_} ? newer( $_, $runs{$_} ) : !grep { defined } values %runs ) } sort keys %CHECK;
    # What is no file would be read for ever.
    return if !defined $name || grep { -e && !-f _ && !-d _ } web_files($name);
    return { name => $name, empty => !-e $PID, job => start( q{}, undef, @{ $CHECK{$name} } ) };
}

sub newer {
    my ( $name, $since ) = @_;
    return scalar grep { ( ( stat $_ )[9] // 0 ) > $since || ( ( lstat $_ )[9] // 0 ) > $since } web_files($name);
}

# What a web server reads, and the folders that it lies in.
sub web_files {
    my ($name)  = @_;
    my @folders = map { "/etc/$name/$_" } qw(sites-enabled conf.d conf-enabled modules-enabled mods-enabled);
    my @files   = map {
        my $folder = $_;
        map { "$folder/$_" } grep { !/\A[.]/sm } plain_names($folder)
    } @folders;
    return ( @folders, @files, "/etc/$name/$name.conf", @keys );
}

sub say_check {
    my ($check) = @_;
    return if !$check || !$check->{job};
    my $said = finish( $check->{job} );
    unlink $PID if $check->{empty} && -z $PID;    # nginx makes one where it only looks
    my ($why) = $check->{name} eq 'nginx' ? $said =~ /\[emerg\][ ]([^\n]+)/sm : $said !~ /Syntax[ ]OK|took[ ]too[ ]long/sm ? $said =~ /(\S.*)/sm : ();
    say_section( 'K', 'web-check', [ $check->{name} ], substr $why, 0, 500 ) if defined $why;
    return;
}

# The folders from which a site shows Jitsi's own files: first those that it gives an alias.
sub web_roots {
    my ($text) = @_;
    my @roots = $text =~ m{(?:^|[;{}])[ \t]*alias[ \t]+"?(/[^\s;"\$]+)/\$1/\$2}gsm;
    push @roots, $text =~ m{^[ \t]*Alias[ \t]+"?/static/?"?[ \t]+"?(/[^\s"]+?)/static/?"?[ \t]*$}gsm;
    push @roots, $text =~ m{(?:^|[;{}])[ \t]*(?:root|DocumentRoot)[ \t]+"?(/[^\s;"\$]+)}gsm;
    return @roots;
}

# Our page for people who are invited, beside Jitsi's own in the first folder /static.
sub say_page {
    my (@roots) = @_;
    my ($first) = grep { -d root() . "$_/static" } @roots;
    return if !defined $first;
    return say_file( 'page', real_path("$first/static/jitsi-tui-invite.html") );
}

1;
