// Package authlete calls Authlete's API through libauthlete_fail.
package authlete

/*
#cgo pkg-config: authlete-fail
#include <authlete_fail.h>
#include <stdlib.h>

// Defined in log.go.
void authleteLog(void *context, int32_t level, const char *line, size_t len);

// Go code must not convert an integer, such as a cgo.Handle, to a pointer.
static authlete_fail_status client_new(const char *config, size_t len, uintptr_t log,
                                       authlete_fail_client **client, authlete_fail_reply **reply) {
	return authlete_fail_client_new(config, len, authleteLog, (void *)log, client, reply);
}
*/
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/cgo"
	"strings"
	"sync"
	"unsafe"
)

// A Client is a client of one Authlete service. Create one when the program starts, and share it
// between all goroutines.
type Client struct {
	mutex   sync.RWMutex // locked for reading during a call
	pointer *C.authlete_fail_client
	log     cgo.Handle
	closing sync.Once
}

// A Reply is the result of a call. All its data is Go memory.
type Reply struct {
	Status, Outcome, TicketState string
	MayRepeat                    bool
	Document                     json.RawMessage // the API response; do not log it
	Response                     *Response       // nil if there is nothing to send yet
}

// A Response is the HTTP response to send to the OAuth client.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// An Error states why a call failed. Message is one line and contains no secrets.
type Error struct {
	Status  string
	Message string
}

func (e *Error) Error() string { return e.Message }

// New creates a client; it opens no connection. encoding/json must be able to encode config. If
// config is nil, the client is configured from the environment variables AUTHLETE_*. log may be nil.
func New(config any, log LogFunc) (*Client, error) {
	text, err := encode(config)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = func(string) {}
	}
	client := &Client{log: cgo.NewHandle(log)}
	var reply *C.authlete_fail_reply
	chars, length := pointer(text)
	C.client_new(chars, length, C.uintptr_t(client.log), &client.pointer, &reply)
	defer C.authlete_fail_reply_free(reply)
	if err := failure(reply); err != nil {
		client.log.Delete()
		return nil, err
	}
	return client, nil
}

// Close aborts the calls in flight, waits for them, and frees the client. Later calls fail.
func (c *Client) Close() {
	c.closing.Do(func() {
		C.authlete_fail_client_shutdown(c.pointer)
		c.mutex.Lock()
		defer c.mutex.Unlock()
		C.authlete_fail_client_free(c.pointer)
		c.pointer = nil // the library accepts NULL
		c.log.Delete()
	})
}

// Call sends request to an endpoint, such as /auth/authorization/fail. options may be nil. The
// reply is never nil. If the error is not nil, the reply contains a response that is safe to send.
func (c *Client) Call(path string, request, options any) (*Reply, error) {
	requestText, err := encode(request)
	if err != nil {
		return copied(nil), err
	}
	optionsText, err := encode(options)
	if err != nil {
		return copied(nil), err
	}
	if strings.IndexByte(path, 0) >= 0 { // C would ignore the rest
		return copied(nil), errors.New("authlete: the path contains a NUL")
	}
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))

	c.mutex.RLock()
	defer c.mutex.RUnlock()
	var reply *C.authlete_fail_reply
	requestChars, requestLength := pointer(requestText)
	optionsChars, optionsLength := pointer(optionsText)
	C.authlete_fail_call(c.pointer, cPath, requestChars, requestLength, optionsChars, optionsLength, &reply)
	defer C.authlete_fail_reply_free(reply)
	return copied(reply), failure(reply)
}

// copied returns a copy of a reply. For a NULL reply, the library's response is a 500.
func copied(reply *C.authlete_fail_reply) *Reply {
	var length C.size_t
	document := C.authlete_fail_reply_json(reply, &length)
	outcome, state := C.authlete_fail_reply_outcome(reply), C.authlete_fail_reply_ticket_state(reply)
	result := &Reply{
		Status:      statusName(C.authlete_fail_reply_status(reply)),
		Outcome:     C.GoString(C.authlete_fail_outcome_name(C.uint32_t(outcome))),
		TicketState: C.GoString(C.authlete_fail_ticket_state_name(C.uint32_t(state))),
		MayRepeat:   C.authlete_fail_reply_may_repeat(reply) == 1,
		Document:    bytes(document, length),
	}
	if status := C.authlete_fail_reply_response_status(reply); status != 0 {
		header := http.Header{}
		for i := C.size_t(0); i < C.authlete_fail_reply_response_header_count(reply); i++ {
			header.Add(C.GoString(C.authlete_fail_reply_response_header_name(reply, i)),
				C.GoString(C.authlete_fail_reply_response_header_value(reply, i)))
		}
		body := C.authlete_fail_reply_response_body(reply, &length)
		result.Response = &Response{Status: int(status), Header: header, Body: bytes(body, length)}
	}
	return result
}

func failure(reply *C.authlete_fail_reply) error {
	status := C.authlete_fail_reply_status(reply)
	if status == C.AUTHLETE_FAIL_STATUS_OK {
		return nil
	}
	return &Error{Status: statusName(status), Message: C.GoString(C.authlete_fail_reply_error(reply, nil))}
}

func statusName(status C.authlete_fail_status) string {
	return C.GoString(C.authlete_fail_status_name(C.uint32_t(status)))
}

// encode returns value as JSON, or nil if value is nil.
func encode(value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("authlete: %w", err)
	}
	return text, nil
}

// pointer returns a pointer and a length for one C call. During the call, Go does not move or free
// the text.
func pointer(text []byte) (*C.char, C.size_t) {
	if len(text) == 0 {
		return nil, 0
	}
	return (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text))
}

func bytes(text *C.char, length C.size_t) []byte {
	return C.GoBytes(unsafe.Pointer(text), C.int(length))
}
