# embed.awk: text files as C strings in one table (src/sandbox/embedded.h).
#
#   awk -f embed.awk FILE ... > embedded.c

function quote(s,    i, c, t) {
        t = ""
        for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)
                if (c == "\\" || c == "\"")
                        t = t "\\"
                t = t c
        }
        return "\"" t "\\n\""
}

BEGIN {
        print "/* Made by build-aux/embed.awk. */"
        print "#include \"sandbox/embedded.h\"\n"
        print "const struct embedded embedded[] = {"
}

FNR == 1 {
        if (NR > 1)
                print "        },"
        name = FILENAME
        sub(/^.*\//, "", name)
        print "        { .name = \"" name "\", .text ="
}

{ print "          " quote($0) }

END {
        print "        },"
        print "        { 0 },"
        print "};"
}
