# find_package(winhttp) for a tree installed as lib/cmake/winhttp, lib and include/winhttp.
#
#   winhttp::winhttp   the library and winhttp.h
#   winhttp::compat    the same, with windows.h and its neighbours
get_filename_component(_winhttp_lib "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
get_filename_component(_winhttp_prefix "${_winhttp_lib}/.." ABSOLUTE)

if(NOT TARGET winhttp::winhttp)
  find_library(_winhttp_file NAMES winhttp PATHS "${_winhttp_lib}" NO_DEFAULT_PATH NO_CACHE)
  if(NOT _winhttp_file)
    set(winhttp_FOUND FALSE)
    set(winhttp_NOT_FOUND_MESSAGE "libwinhttp is not in ${_winhttp_lib}")
    return()
  endif()
  find_package(Threads QUIET REQUIRED)

  add_library(winhttp::winhttp UNKNOWN IMPORTED)
  set_target_properties(
    winhttp::winhttp
    PROPERTIES IMPORTED_LOCATION "${_winhttp_file}"
               INTERFACE_INCLUDE_DIRECTORIES "${_winhttp_prefix}/include/winhttp"
               INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")

  add_library(winhttp::compat INTERFACE IMPORTED)
  set_target_properties(
    winhttp::compat
    PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_winhttp_prefix}/include/winhttp/compat"
               INTERFACE_LINK_LIBRARIES winhttp::winhttp)
endif()
