# queries.awk: sql/queries/NAME.sql to typed C, so that no SQL stands in C files.
#
#   awk -v out=h -f queries.awk NAME.sql > NAME.h
#   awk -v out=c -f queries.awk NAME.sql > NAME.c
#
# POSIX awk alone (mawk and gawk are tested).  The format:
#
#   -- name: order_by_number :one         :one :maybe :many :exec
#   -- Plain comments after it become the comment of the function.
#   -- param: number text                 in order of $1, $2; "type?" may be null
#   -- row order_row: id bigint, number text, paid_at timestamptz?,
#   --     due_on date?                   a list that ends in a comma goes on
#   SELECT ...;
#
# "-- row order_row" alone means the type of that name above in the same file.
# A fault stops the build with FILE:LINE and the reason.

function fault(line, text) {
        if (!failed)
                printf "%s:%d: %s\n", FILENAME, line, text | "cat 1>&2"
        failed = 1
        exit 1
}

function is_name(s) { return s ~ /^[a-z][a-z0-9_]*$/ && length(s) <= 60 && !(s in reserved) }

function trim(s) {
        sub(/^[ \t]+/, "", s)
        sub(/[ \t\r]+$/, "", s)
        return s
}

# SQL without comments and quoted parts, to look for $n and semicolons in.
function bare(s,    t, at, tag, end) {
        t = ""
        while (match(s, /'|"|--|\/\*|\$[A-Za-z_]*\$/)) {
                at = substr(s, RSTART, RLENGTH)
                t = t substr(s, 1, RSTART - 1) " "
                s = substr(s, RSTART + RLENGTH)
                if (at == "--")
                        tag = "\n"
                else if (at == "/*")
                        tag = "*/"
                else
                        tag = at
                end = index(s, tag)
                if (end == 0)
                        return t
                s = substr(s, end + length(tag))
        }
        return t s
}

function ctype(type, nullable) {
        if (type == "text")
                return "const char *"
        if (type == "bytea")
                return "struct db_bytes "
        return (nullable ? "const " : "") c_of[type] (nullable ? " *" : " ")
}

# "id bigint, due_on date?" into the columns of row type R.
function read_columns(r, list, line,    parts, n, i, w, k, name, type, nullable) {
        n = split(list, parts, ",")
        for (i = 1; i <= n; i++) {
                k = split(trim(parts[i]), w, /[ \t]+/)
                if (k != 2)
                        fault(line, "a column is written \"name type\" or \"name type?\": \"" trim(parts[i]) "\"")
                name = w[1]
                type = w[2]
                nullable = sub(/\?$/, "", type)
                if (!is_name(name))
                        fault(line, "\"" name "\" cannot be a column's name")
                if (!(type in c_of))
                        fault(line, "unknown type \"" type "\": bigint integer bool text timestamptz date bytea")
                if ((r, name) in seen_column)
                        fault(line, "column \"" name "\" twice in " r)
                seen_column[r, name] = 1
                col_name[r, i] = name
                col_type[r, i] = type
                col_null[r, i] = nullable
        }
        n_cols[r] = n
        for (i = 1; i <= n; i++)
                if ((r, col_name[r, i] "_null") in seen_column && col_null[r, i])
                        fault(line, "\"" col_name[r, i] "_null\" is the name of the mark beside \"" col_name[r, i] "\"")
}

function take_row(    r, list) {
        r = row_name
        list = trim(row_list)
        row_open = 0
        if (list == "") {
                if (!(r in row_text))
                        fault(row_line, "row type " r " has no columns and none of that name stands above")
                return
        }
        gsub(/[ \t]+/, " ", list)
        gsub(/ ?, ?/, ", ", list)
        if (r in row_text) {
                if (row_text[r] != list)
                        fault(row_line, "row type " r " was declared with other columns at line " row_at[r])
                return
        }
        row_text[r] = list
        row_at[r] = row_line
        rows[++n_rows] = r
        read_columns(r, list, row_line)
}

# All of one query is read: check that its parts fit each other.
function take_query(    q, text, i, rest, used, k, max) {
        if (n_queries == 0)
                return
        if (row_open)
                take_row()
        q = queries[n_queries]
        text = sql[q]
        sub(/[ \t\r\n]+$/, "", text)
        if (text == "")
                fault(query_at[q], "query " q " has no SQL")
        rest = bare(text)
        if (sub(/;[ \t\r\n]*$/, "", rest))
                sub(/;[^;]*$/, "", text)
        else
                fault(NR, "the statement of " q " does not end in a semicolon")
        if (index(rest, ";"))
                fault(query_at[q], "query " q " holds more than one statement")
        sql[q] = text
        max = 0
        while (match(rest, /\$[0-9]+/)) {
                k = substr(rest, RSTART + 1, RLENGTH - 1) + 0
                used[k] = 1
                if (k > max)
                        max = k
                rest = substr(rest, RSTART + RLENGTH)
        }
        if (max > n_params[q])
                fault(query_at[q], "query " q " uses $" max " but declares " n_params[q] " parameter(s)")
        for (i = 1; i <= n_params[q]; i++)
                if (!(i in used))
                        fault(query_at[q], "query " q " never uses $" i " (" par_name[q, i] ")")
        if (kind[q] == "exec" && row_of[q] != "")
                fault(query_at[q], "query " q " is :exec and has no row")
        if (kind[q] != "exec" && row_of[q] == "")
                fault(query_at[q], "query " q " is :" kind[q] " and needs a \"-- row NAME_row: ...\" line")
}

BEGIN {
        c_of["bigint"] = "int64_t"
        c_of["integer"] = "int32_t"
        c_of["bool"] = "bool"
        c_of["text"] = "const char *"
        c_of["timestamptz"] = "instant"
        c_of["date"] = "int32_t"
        c_of["bytea"] = "struct db_bytes"
        db_of["bigint"] = "DB_BIGINT"
        db_of["integer"] = "DB_INTEGER"
        db_of["bool"] = "DB_BOOL"
        db_of["text"] = "DB_TEXT"
        db_of["timestamptz"] = "DB_TIME"
        db_of["date"] = "DB_DATE"
        db_of["bytea"] = "DB_BYTES"
        set_of["bigint"] = "bigint"
        set_of["integer"] = "integer"
        set_of["bool"] = "bool"
        set_of["text"] = "text"
        set_of["timestamptz"] = "time"
        set_of["date"] = "date"
        set_of["bytea"] = "bytes"
        n = split("auto break case char const continue default do double else enum extern " \
                  "float for goto if inline int long register restrict return short signed " \
                  "sizeof static struct switch typedef union unsigned void volatile while " \
                  "bool true false instant", words, " ")
        for (i = 1; i <= n; i++)
                reserved[words[i]] = 1
        n = split("db row rows n found affected values", words, " ")
        for (i = 1; i <= n; i++)
                taken[words[i]] = 1
        n_queries = n_rows = 0
        in_sql = 1
}

{ sub(/\r$/, "") }

/^-- name:/ {
        take_query()
        if (split($0, w, /[ \t]+/) != 4 || !is_name(w[3]))
                fault(NR, "expected \"-- name: query_name :one|:maybe|:many|:exec\"")
        if (w[4] !~ /^:(one|maybe|many|exec)$/)
                fault(NR, "unknown kind \"" w[4] "\": :one :maybe :many :exec")
        if (w[3] in query_at)
                fault(NR, "query " w[3] " was declared at line " query_at[w[3]])
        queries[++n_queries] = w[3]
        query_at[w[3]] = NR
        kind[w[3]] = substr(w[4], 2)
        n_params[w[3]] = 0
        row_of[w[3]] = doc[w[3]] = sql[w[3]] = ""
        in_sql = 0
        next
}

/^-- (name|params?|rows?|returns?)[ \t]*:?[ \t]/ && (n_queries == 0 || in_sql) && /^-- (name|param|row [a-z_]+_row)[ \t]*:/ {
        fault(NR, "this line belongs between \"-- name:\" and the SQL")
}

n_queries == 0 && !/^[ \t]*(--.*)?$/ { fault(NR, "SQL before the first \"-- name:\"") }

n_queries == 0 { next }

!in_sql && /^-- param:/ {
        q = queries[n_queries]
        if (row_open)
                take_row()
        if (split($0, w, /[ \t]+/) != 4 || w[4] == "")
                fault(NR, "expected \"-- param: name type\" or \"-- param: name type?\"")
        nullable = sub(/\?$/, "", w[4])
        if (!is_name(w[3]))
                fault(NR, "\"" w[3] "\" cannot be a parameter's name")
        if (w[3] in taken)
                fault(NR, "\"" w[3] "\" is a name that the function itself uses")
        if (!(w[4] in c_of))
                fault(NR, "unknown type \"" w[4] "\": bigint integer bool text timestamptz date bytea")
        if ((q, w[3]) in seen_param)
                fault(NR, "parameter \"" w[3] "\" twice")
        seen_param[q, w[3]] = 1
        i = ++n_params[q]
        par_name[q, i] = w[3]
        par_type[q, i] = w[4]
        par_null[q, i] = nullable
        next
}

!in_sql && /^-- row[: \t]/ {
        q = queries[n_queries]
        if (row_of[q] != "")
                fault(NR, "a second row for query " q)
        s = trim(substr($0, 7))
        colon = index(s, ":")
        row_name = colon ? trim(substr(s, 1, colon - 1)) : s
        row_list = colon ? trim(substr(s, colon + 1)) : ""
        row_line = NR
        if (!is_name(row_name) || row_name !~ /_row$/)
                fault(NR, "expected \"-- row NAME_row: column type, ...\"")
        row_of[q] = row_name
        if (row_list ~ /,$/ || (colon && row_list == ""))
                row_open = 1
        else
                take_row()
        next
}

!in_sql && row_open && /^--/ {
        row_list = row_list " " trim(substr($0, 3))
        if (row_list !~ /,$/)
                take_row()
        next
}

!in_sql && /^-- ?(parms?|params|parameters?|args?|rows|columns?|returns?|kind) ?:/ {
        fault(NR, "not a line of the format; \"-- param: name type\" or \"-- row NAME_row: ...\"?")
}

!in_sql && /^--/ {
        q = queries[n_queries]
        s = trim(substr($0, 3))
        gsub(/\*\//, "* /", s)
        if (s != "")
                doc[q] = doc[q] (doc[q] == "" ? "" : "\n * ") s
        next
}

!in_sql && /^[ \t]*$/ { next }

{
        if (row_open)
                fault(NR, "the row's list ends in a comma")
        in_sql = 1
        if ($0 ~ /^[ \t]*--/ || (sql[queries[n_queries]] == "" && $0 ~ /^[ \t]*$/))
                next
        sql[queries[n_queries]] = sql[queries[n_queries]] $0 "\n"
}

# --- what is written ---

# A C string of S; character by character, for awks disagree about "\\\\" in gsub.
function quote(s, end,    i, c, t) {
        t = ""
        for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)
                if (c == "\\" || c == "\"")
                        t = t "\\"
                t = t (c == "\t" ? " " : c)
        }
        return "\"" t end "\""
}

function signature(q, ask,    s, i, r) {
        s = (ask ? "void" : "enum db_status") (out == "h" ? " " : "\n") q (ask ? "_ask" : "") "(struct db *db"
        for (i = 1; i <= n_params[q]; i++)
                s = s ", " ctype(par_type[q, i], par_null[q, i]) par_name[q, i]
        r = row_of[q]
        if (kind[q] == "one")
                s = s ", struct " r " *row"
        else if (kind[q] == "maybe")
                s = s ", struct " r " *row, bool *found"
        else if (kind[q] == "many")
                s = s ", struct " r " **rows, size_t *n"
        else
                s = s ", int64_t *affected"
        return s ")"
}

function write_header(    guard, i, j, r, q) {
        guard = "LATCHKEY_QUERIES_" toupper(group) "_H"
        print "/* Made by build-aux/queries.awk from sql/queries/" group ".sql: change that file. */"
        print "#ifndef " guard "\n#define " guard "\n"
        print "#include \"db/db.h\"\n"
        for (i = 1; i <= n_rows; i++) {
                r = rows[i]
                print "struct " r " {"
                for (j = 1; j <= n_cols[r]; j++) {
                        print "        " ctype(col_type[r, j], 0) col_name[r, j] ";"
                        if (col_null[r, j] && col_type[r, j] != "text")
                                print "        bool " col_name[r, j] "_null;"
                }
                print "};"
                print "extern const struct db_row_type " r "_type;\n"
        }
        for (i = 1; i <= n_queries; i++) {
                q = queries[i]
                if (doc[q] != "")
                        print "/* " doc[q] " */"
                print signature(q, 1) ";"
                print signature(q, 0) ";\n"
        }
        print "extern const struct db_stmt *const " group "_queries[];\n\n#endif"
}

function write_row_type(r,    j, null_at) {
        print "\nstatic const struct db_column " r "_columns[] = {"
        for (j = 1; j <= n_cols[r]; j++) {
                null_at = "SIZE_MAX"
                if (col_null[r, j] && col_type[r, j] != "text")
                        null_at = "offsetof(struct " r ", " col_name[r, j] "_null)"
                print "        { .name = \"" col_name[r, j] "\", .type = " db_of[col_type[r, j]] ","
                print "          .offset = offsetof(struct " r ", " col_name[r, j] "),"
                print "          .null_offset = " null_at ", .nullable = " (col_null[r, j] ? "true" : "false") " },"
        }
        print "};\n"
        print "const struct db_row_type " r "_type = {"
        print "        .name = \"" r "\", .size = sizeof(struct " r "),"
        print "        .columns = " r "_columns, .n_columns = " n_cols[r] ",\n};"
}

function write_stmt(q,    i, n, lines) {
        if (n_params[q] > 0) {
                print "\nstatic const struct db_param_type " q "_params[] = {"
                for (i = 1; i <= n_params[q]; i++)
                        print "        { \"" par_name[q, i] "\", \"" par_type[q, i] "\", " (par_null[q, i] ? "true" : "false") " },"
                print "};"
        }
        print "\nstatic const struct db_stmt " q "_stmt = {"
        print "        .name = \"" q "\","
        print "        .sql ="
        n = split(sql[q], lines, "\n")
        for (i = 1; i <= n; i++)
                print "                " quote(lines[i], i < n ? "\\n" : "") (i < n ? "" : ",")
        print "        .kind = DB_KIND_" toupper(kind[q]) ","
        if (n_params[q] > 0)
                print "        .params = " q "_params, .n_params = " n_params[q] ","
        if (row_of[q] != "")
                print "        .row = &" row_of[q] "_type,"
        print "};"
}

function write_functions(q,    i, v, p, type) {
        print "\n" signature(q, 1) "\n{"
        v = "NULL"
        if (n_params[q] > 0) {
                v = "values"
                print "        struct db_value values[" n_params[q] "];\n"
        }
        for (i = 1; i <= n_params[q]; i++) {
                p = par_name[q, i]
                type = par_type[q, i]
                if (par_null[q, i] && type != "text" && type != "bytea") {
                        print "        if (" p " != NULL)"
                        print "                db_value_" set_of[type] "(&values[" i - 1 "], *" p ");"
                        print "        else"
                        print "                db_value_null(&values[" i - 1 "]);"
                } else
                        print "        db_value_" set_of[type] "(&values[" i - 1 "], " p ");"
        }
        if (kind[q] == "one")
                print "        db_ask_one(db, &" q "_stmt, " v ", row);"
        else if (kind[q] == "maybe")
                print "        db_ask_maybe(db, &" q "_stmt, " v ", row, found);"
        else if (kind[q] == "many")
                print "        db_ask_many(db, &" q "_stmt, " v ", (void **)rows, n);"
        else
                print "        db_ask_exec(db, &" q "_stmt, " v ", affected);"
        print "}\n"
        print signature(q, 0) "\n{"
        p = "        " q "_ask(db"
        for (i = 1; i <= n_params[q]; i++)
                p = p ", " par_name[q, i]
        if (kind[q] == "one")
                p = p ", row"
        else if (kind[q] == "maybe")
                p = p ", row, found"
        else if (kind[q] == "many")
                p = p ", rows, n"
        else
                p = p ", affected"
        print p ");"
        print "        return db_wait(db);\n}"
}

function write_source(    i) {
        print "/* Made by build-aux/queries.awk from sql/queries/" group ".sql: change that file. */"
        print "#include \"queries/" group ".h\""
        for (i = 1; i <= n_rows; i++)
                write_row_type(rows[i])
        for (i = 1; i <= n_queries; i++) {
                write_stmt(queries[i])
                write_functions(queries[i])
        }
        print "\nconst struct db_stmt *const " group "_queries[] = {"
        for (i = 1; i <= n_queries; i++)
                print "        &" queries[i] "_stmt,"
        print "        NULL,\n};"
}

END {
        if (failed)
                exit 1
        group = FILENAME
        sub(/^.*\//, "", group)
        sub(/\.sql$/, "", group)
        if (!is_name(group))
                fault(1, "the file's name must be lower-case letters, digits and _")
        if (n_queries == 0)
                fault(NR, "no query in this file")
        take_query()
        if (failed)
                exit 1
        if (out == "h")
                write_header()
        else
                write_source()
}
