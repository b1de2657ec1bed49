# Doxygen's filter for the C header: makes a group of the macros and of the declarations below each banner.
function begin(title) {
    if (title_before) print "/** @} */"
    id = tolower(title)
    gsub(/[^a-z]+/, "-", id)
    print "/** @defgroup " id " " title
    print " * @{ */"
    title_before = title
}
/^#define AUTHLETE_FAIL_VERSION / { begin("Macros") }
/^\/\/ ---- / { gsub(/^\/\/ ---- | -+$/, ""); begin($0); next }
{ print }
END { print "/** @} */" }
