"""Writes what libmms reads of a URL to standard output: nothing on Debian that uses it can be run without a desktop."""

import ctypes, sys

libmms = ctypes.CDLL("libmms.so.0")
libmms.mmsx_connect.restype = ctypes.c_void_p
libmms.mmsx_connect.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
libmms.mmsx_read.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
stream = libmms.mmsx_connect(None, None, sys.argv[1].encode(), 2**31 - 1)
if not stream:
    sys.exit("libmms cannot connect")
buffer = ctypes.create_string_buffer(8192)
while (size := libmms.mmsx_read(None, stream, buffer, len(buffer))) > 0:
    sys.stdout.buffer.write(buffer.raw[:size])
