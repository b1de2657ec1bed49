package authlete

/*
#include <stddef.h>
#include <stdint.h>

typedef const char const_char;
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// A LogFunc receives the log lines of a client. It runs on the goroutine that makes the call. It
// must not call the client: Close would wait for the call, and the call for Close.
type LogFunc func(line string)

//export authleteLog
func authleteLog(context unsafe.Pointer, level C.int32_t, line *C.const_char, length C.size_t) {
	// A panic must not unwind through the library.
	defer func() { _ = recover() }()
	log := cgo.Handle(uintptr(context)).Value().(LogFunc)
	log(C.GoStringN((*C.char)(unsafe.Pointer(line)), C.int(length)))
}
