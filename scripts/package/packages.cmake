# Debian packages: cpack -G DEB in the build folder.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lmzip)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The lmzip authors <lmzip@lmzip.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # the first line of each description instead
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)

set(CPACK_COMPONENTS_ALL lmzip)
set(CPACK_DEBIAN_LMZIP_PACKAGE_NAME lmzip)
set(CPACK_DEBIAN_LMZIP_PACKAGE_SECTION utils)
set(CPACK_COMPONENT_LMZIP_DESCRIPTION "lossless compressor driven by predictors
Context mixing that hears a small neural network forecasts every bit, and an
arithmetic coder turns good forecasts into few bits. Files open on every
machine. Classical codecs stand behind the same interface.")
set(CPACK_DEBIAN_TORCH_PACKAGE_NAME lmzip-torch)
set(CPACK_DEBIAN_TORCH_PACKAGE_SECTION science)
set(CPACK_COMPONENT_TORCH_DESCRIPTION "training of models for lmzip
The plugin, made with libtorch, that lmzip loads for 'lmzip train'. Models
made with it code without it.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME liblmzip-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "library of the lossless compressor lmzip
Headers, shared library, pkg-config and CMake files for C++20 programs that
read and write .lmz files.")
if(LMZIP_TORCH)
  list(APPEND CPACK_COMPONENTS_ALL torch)
  set(CPACK_DEBIAN_TORCH_PACKAGE_DEPENDS "lmzip (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_TORCH_PACKAGE_RECOMMENDS libopenblas0-pthread)
endif()
if(LMZIP_LIBRARY)
  list(APPEND CPACK_COMPONENTS_ALL dev)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
  set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/shlibs "liblmzip ${soversion} liblmzip-dev (= ${PROJECT_VERSION})\n")
  set(CPACK_DEBIAN_DEV_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/triggers ${CMAKE_CURRENT_BINARY_DIR}/shlibs)
endif()

# What Debian wants in every package.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  set(doc ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(LMZIP_PACKAGE ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  configure_file(changelog.in ${component}/changelog)
  find_program(GZIP gzip)
  if(GZIP)
    execute_process(COMMAND ${GZIP} -9nf ${CMAKE_CURRENT_BINARY_DIR}/${component}/changelog)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${component}/changelog.gz DESTINATION ${doc} COMPONENT ${component})
  endif()
  install(FILES copyright DESTINATION ${doc} COMPONENT ${component})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lmzip COMPONENT lmzip)
include(CPack)
