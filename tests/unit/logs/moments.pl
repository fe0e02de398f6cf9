# Goes before the program that follows logs: lets things happen to a folder between two of its looks at it.
#
# A file "moments" in a folder of logs holds lines of "LOOKS SHELL": how often the program looks into that folder
# (at a name, a file's state, or its bytes) until the next of them happens. It is removed after the last one.
BEGIN {
    my ( %steps, $here, $inside );
    my $program = $$;
    my $look = sub {
        my ($path) = @_;
        return if $inside || $$ != $program;
        $here = $1 if defined $path && !ref $path && $path =~ m{\A(.*[^/])/}xms;
        return if !defined $here;
        $inside = 1;
        my $file = "$here/moments";
        if ( !$steps{$here} && open my $plan, '<', $file ) {
            chomp( my @lines = readline $plan );
            $steps{$here} = [ map { [ split q{ }, $_, 2 ] } @lines ];
        }
        my $left = $steps{$here};
        my $due = $left && $left->[0][0]-- <= 0;
        while ( $due && @{$left} && $left->[0][0] <= 0 ) {
            my $step = shift @{$left};
            system( 'sh', '-c', "cd $here; $step->[1]" ) == 0 or die "in $here $step->[1] failed\n";
            if ( !@{$left} ) { unlink $file; delete $steps{$here} }
        }
        $inside = 0;
    };
    *CORE::GLOBAL::opendir = sub (*$) { $look->("$_[1]/"); return CORE::opendir( $_[0], $_[1] ) };
    *CORE::GLOBAL::sysopen = sub (*$$;$) { $look->( $_[1] ); return CORE::sysopen( $_[0], $_[1], $_[2] ) };
    *CORE::GLOBAL::stat = sub (;*) { $look->( $_[0] ); return CORE::stat( $_[0] ) };
    *CORE::GLOBAL::lstat = sub (;*) { $look->( $_[0] ); return CORE::lstat( $_[0] ) };
    *CORE::GLOBAL::sysread = sub (*\$$;$) {
        my ( $fh, $to, $want, $at ) = @_;
        $look->() if -f $fh;
        return CORE::sysread $fh, ${$to}, $want, $at || 0;
    };
}
