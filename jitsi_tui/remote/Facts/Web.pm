# The web: config.js, the sites that name the domain, their certificates.
package Facts::Web;
use strict;
use warnings;
use Facts::File qw(names plain_names real_path root say_file);

our $VERSION = '1';

my $error_log;

# Where nginx writes what goes wrong with the site, if the site says so itself.
sub error_log { return $error_log }

sub say_meet {
    my @domains;
    for my $name ( names( '/etc/jitsi/meet', qr/-config[.]js\z/sm ) ) {
        say_file( 'meet', "/etc/jitsi/meet/$name" );
        push @domains, $name =~ s/-config[.]js\z//rsm;
    }
    return @domains;
}

sub say_web {
    my (@domains) = @_;
    my $ours = join q{|}, qw(/etc/jitsi /usr/share/jitsi http-bind), map { quotemeta } @domains;
    my ( %certificate, @roots );
    for my $folder (qw(/etc/nginx/sites-enabled /etc/nginx/conf.d /etc/apache2/sites-enabled)) {
        for my $name ( grep { -f root() . "$folder/$_" } plain_names($folder) ) {
            my $text = say_file( 'site', "$folder/$name", sub { $_[0] =~ /$ours/sm } ) // next;
            $certificate{$_} = 1 for $text =~ /^[ \t]*(?:ssl_certificate|SSLCertificateFile)[ \t]+"?([^\s;"]+)/gsm;
            push @roots, web_roots($text);
            $error_log = $1 if $folder =~ /nginx/sm && $text =~ m{^[ \t]*error_log[ \t]+(/[^\s;]+)}sm;
        }
    }
    say_file( 'nginx', '/etc/nginx/nginx.conf' );
    say_file( 'certificate', $_ ) for sort keys %certificate;
    say_page(@roots);
    return;
}

# The folders from which a site shows Jitsi's own files: first those that it gives an alias.
sub web_roots {
    my ($text) = @_;
    my @roots = $text =~ m{^[ \t]*alias[ \t]+"?(/[^\s;"\$]+)/\$1/\$2}gsm;
    push @roots, $text =~ m{^[ \t]*Alias[ \t]+"?/static/?"?[ \t]+"?(/[^\s"]+?)/static/?"?[ \t]*$}gsm;
    push @roots, $text =~ m{^[ \t]*(?:root|DocumentRoot)[ \t]+"?(/[^\s;"\$]+)}gsm;
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
