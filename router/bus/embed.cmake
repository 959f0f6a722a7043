# Joins the Lua files behind the library's first line into a C array, those whose names are in CLOSED as blocks
# of their own, and the function that says which library it is: cmake -DOUT=… -DFILES=a.lua;b.lua -DCLOSED=b
# -DVERSION=1.2.3 -DSERVES=1.2.0 -P
cmake_policy(SET CMP0057 NEW)
# Between two versions the later change is the newer, where git knows of it.
list(GET FILES 0 first)
get_filename_component(folder ${first} DIRECTORY)
execute_process(COMMAND git log -1 --format=%ct -- . WORKING_DIRECTORY ${folder}
	OUTPUT_VARIABLE changed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed EQUAL 0 AND changed MATCHES "^[0-9]+$")
	string(APPEND VERSION ".${changed}")
endif()
set(text "#!lua name=bindery\n")
foreach(file ${FILES})
	file(READ ${file} part)
	get_filename_component(name ${file} NAME_WE)
	if(name IN_LIST CLOSED)
		string(APPEND text "do\n${part}end\n")
	else()
		string(APPEND text "${part}\n")
	endif()
endforeach()
string(SHA256 print "${text}")
string(APPEND text "redis.register_function{function_name = 'library', flags = {'no-writes'},\n"
	"  callback = function() return {'${VERSION}', '${SERVES}', '${print}'} end}\n")
file(WRITE ${OUT}.lua "${text}")
file(READ ${OUT}.lua hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "(char)0x\\1," bytes "${hex}")
string(CONCAT source "#include \"router/bus/library.h\"\n\n"
	"const char library_text[] = {${bytes}0};\nconst size_t library_length = sizeof(library_text) - 1;\n"
	"const char library_version[] = \"${VERSION}\";\nconst char library_print[] = \"${print}\";\n")
set(before "")
if(EXISTS ${OUT})
	file(READ ${OUT} before)
endif()
if(NOT source STREQUAL before)
	file(WRITE ${OUT} "${source}")
endif()
