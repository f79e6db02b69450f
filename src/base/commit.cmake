# Writes FILE, a header with the commit of TREE, if that is another than the file says; "" where git knows none.
execute_process(COMMAND git -C ${TREE} describe --always --dirty --abbrev=10 --match=none OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(text "#define LMZIP_COMMIT \"${commit}\"\n")
set(old "")
if(EXISTS ${FILE})
  file(READ ${FILE} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${FILE} "${text}")
endif()
