package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/server/authlete"
)

const query = "response_type=code&client_id=26478243745571&state=s1"

// lines is a log for tests.
type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) add(line string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.text.WriteString(line + "\n")
}

func (l *lines) contain(t *testing.T, text string) {
	t.Helper()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !strings.Contains(l.text.String(), text) {
		t.Errorf("no %q in the log: %s", text, l.text.String())
	}
}

// start starts the server; a nil config stands for the environment, that is, for the sandbox.
func start(t *testing.T, config any) (*server, string, *lines) {
	t.Helper()
	logged := &lines{}
	client, err := authlete.New(config, logged.add)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{client: client}
	web := httptest.NewServer(s.handler())
	t.Cleanup(client.Close)
	t.Cleanup(web.Close)
	return s, web.URL, logged
}

// press presses the button "Deny" in a session.
func press(t *testing.T, url, session string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url+"/deny", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "session", Value: session})
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response, string(body)
}

// [test]
// deny starts an authorization request and denies it, as a user does.
func deny(t *testing.T, url string) {
	t.Helper()
	page, err := http.Get(url + "/authorize?" + query)
	if err != nil {
		t.Error(err)
		return
	}
	page.Body.Close()
	if len(page.Cookies()) != 1 {
		t.Error(page.Status)
		return
	}
	response, _ := press(t, url, page.Cookies()[0].Value)
	location := response.Header.Get("Location")
	if response.StatusCode != 302 || !strings.Contains(location, "error=access_denied&") {
		t.Error(response.Status, location)
	}
	if response.Header.Get("Cache-Control") != "no-store" {
		t.Error(response.Header)
	}
}

func TestFiftyUsersDeny(t *testing.T) {
	_, url, _ := start(t, nil)
	var users sync.WaitGroup
	for i := 0; i < 50; i++ {
		users.Add(1)
		go func() {
			defer users.Done()
			deny(t, url)
		}()
	}
	users.Wait()
}

// [/test]

func TestALinkDoesNotDeny(t *testing.T) {
	s, url, _ := start(t, nil)
	s.tickets.Store("a", "t")
	request, err := http.NewRequest(http.MethodGet, url+"/deny", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "session", Value: "a"})
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if _, kept := s.tickets.Load("a"); response.StatusCode != 405 || !kept {
		t.Error(response.Status, kept)
	}
}

func TestThePageIsNotFramedOrCached(t *testing.T) {
	_, url, _ := start(t, nil)
	page, err := http.Get(url + "/authorize?" + query)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.Header.Get("Cache-Control") != "no-store" ||
		page.Header.Get("Content-Security-Policy") != "frame-ancestors 'none'" {
		t.Error(page.Header)
	}
}

func TestNobodyIsLoggedIn(t *testing.T) {
	_, url, _ := start(t, nil)
	request, err := http.NewRequest(http.MethodGet, url+"/authorize?prompt=none&"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	location := response.Header.Get("Location")
	if response.StatusCode != 302 || !strings.Contains(location, "error=login_required&") {
		t.Error(response.Status, location)
	}
}

func TestUnknownTicket(t *testing.T) {
	s, url, logged := start(t, nil)
	s.tickets.Store("a", "unknown")
	response, body := press(t, url, "a")
	if response.StatusCode != 400 || !strings.Contains(body, `"error"`) {
		t.Error(response.Status, body)
	}
	logged.contain(t, " outcome=TICKET_INVALID ")
}

func TestAuthleteIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	config := map[string]any{
		"baseUrl":     "http://" + listener.Addr().String(),
		"serviceId":   os.Getenv("AUTHLETE_SERVICE_APIKEY"),
		"accessToken": os.Getenv("AUTHLETE_SERVICE_ACCESSTOKEN"),
	}
	s, url, logged := start(t, config)
	s.tickets.Store("a", "t")
	response, body := press(t, url, "a")
	if response.StatusCode != 500 || body != `{"error":"server_error"}` {
		t.Error(response.Status, body)
	}
	logged.contain(t, `error="connect: `)
}

func TestErrors(t *testing.T) {
	_, err := authlete.New(map[string]string{"baseURL": "https://h"}, nil)
	var failed *authlete.Error
	if !errors.As(err, &failed) || failed.Status != "INVALID_CONFIG" ||
		!strings.Contains(failed.Message, `did you mean "baseUrl"?`) {
		t.Error(err)
	}

	s, _, _ := start(t, nil)
	request := map[string]string{"ticket": "t", "reason": "DENY"}
	reply, err := s.client.Call("/auth/authorization/fail", request, nil)
	if !errors.As(err, &failed) || failed.Status != "INVALID_REQUEST" || reply.TicketState != "UNTOUCHED" {
		t.Error(err, reply)
	}
	reply, err = s.client.Call("/service/configuration", nil, map[string]any{"method": "GET", "timeoutMs": 5000})
	if err != nil || reply.Outcome != "OTHER_API" || !strings.Contains(string(reply.Document), `"issuer"`) {
		t.Error(err, reply)
	}
	reply, err = s.client.Call("/auth/authorization/fail\x00", request, nil)
	if err == nil || reply.Response.Status != 500 {
		t.Error(err, reply)
	}
	reply, err = s.client.Call("/auth/authorization/fail", func() {}, nil)
	if err == nil || reply.Response.Status != 500 {
		t.Error(err, reply)
	}
}

// residentPages returns the number of memory pages of the process.
func residentPages(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestRepliesAreFreed(t *testing.T) {
	s, _, _ := start(t, map[string]string{"baseUrl": "https://h", "serviceId": "1", "accessToken": "t", "logLevel": "error"})
	refused := func(times int) {
		for i := 0; i < times; i++ {
			if _, err := s.client.Call("/auth/token/fail", map[string]string{"reason": "DENY"}, nil); err == nil {
				t.Fatal("accepted")
			}
		}
	}
	refused(5000)
	before := residentPages(t)
	refused(50000)
	if grown := residentPages(t) - before; grown > 2000 {
		t.Errorf("%d pages more", grown)
	}
}

func TestPanicInLog(t *testing.T) {
	client, err := authlete.New(nil, func(string) { panic("in the log") })
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	request := map[string]string{"ticket": "unknown", "reason": "DENIED"}
	reply, err := client.Call("/auth/authorization/fail", request, nil)
	if err != nil || reply.Response.Status != 400 {
		t.Error(err, reply)
	}
}

func TestClose(t *testing.T) {
	// A server that never responds.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	config := map[string]string{"baseUrl": "http://" + silent.Addr().String(), "serviceId": "1", "accessToken": "t"}
	ended := make(chan error)
	client, err := authlete.New(config, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	request := map[string]string{"ticket": "t", "reason": "DENIED"}
	go func() {
		_, err := client.Call("/auth/authorization/fail", request, nil)
		ended <- err
	}()
	call, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer call.Close()
	client.Close()
	client.Close()
	var failed *authlete.Error
	if err := <-ended; !errors.As(err, &failed) || failed.Status != "SHUTDOWN" {
		t.Error(err)
	}
	if _, err := client.Call("/auth/authorization/fail", request, nil); err == nil {
		t.Error("the client is closed")
	}
}
