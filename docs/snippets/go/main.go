// The authorization endpoint of a server, with a page whose only button is "Deny".
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"example.com/server/authlete"
)

// server is a stand-in for your server and its sessions.
type server struct {
	client  *authlete.Client
	tickets sync.Map // by session ID
}

// authorize handles the authorization requests of OAuth clients.
func (s *server) authorize(w http.ResponseWriter, r *http.Request) {
	reply, err := s.client.Call("/auth/authorization", map[string]string{"parameters": r.URL.RawQuery}, nil)
	if err != nil || reply.Response != nil { // if the call failed, the log line states the cause
		send(w, reply.Response)
		return
	}
	var document struct{ Action, Ticket string }
	if err := json.Unmarshal(reply.Document, &document); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	if document.Action == "NO_INTERACTION" { // prompt=none, but no user is logged in
		s.fail(w, document.Ticket, "NOT_LOGGED_IN")
		return
	}
	s.tickets.Store(session(w), document.Ticket)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	fmt.Fprintln(w, `<!DOCTYPE html><title>Consent</title><form method="post" action="deny"><button>Deny</button></form>`)
}

// deny handles the button "Deny". Not with GET: browsers send the cookie if a link on another site leads here.
func (s *server) deny(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	}
	cookie, err := r.Cookie("session")
	if err != nil {
		http.Error(w, "no session", http.StatusBadRequest)
		return
	}
	ticket, ok := s.tickets.LoadAndDelete(cookie.Value)
	if !ok {
		http.Error(w, "the session has expired", http.StatusBadRequest)
		return
	}
	s.fail(w, ticket.(string), "DENIED")
}

// fail fails an authorization request for the given reason.
func (s *server) fail(w http.ResponseWriter, ticket, reason string) {
	request := map[string]string{"ticket": ticket, "reason": reason}
	// If the call fails, the log line states the cause, and the response is a 500.
	reply, _ := s.client.Call("/auth/authorization/fail", request, nil)
	send(w, reply.Response)
}

// send sends the response to the OAuth client.
func send(w http.ResponseWriter, response *authlete.Response) {
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.Status)
	_, _ = w.Write(response.Body)
}

// session starts a session and returns its ID.
func session(w http.ResponseWriter) string {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		panic(err) // ends the request
	}
	id := base64.RawURLEncoding.EncodeToString(random)
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
	return id
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", s.authorize)
	mux.HandleFunc("/deny", s.deny)
	return mux
}

func main() {
	client, err := authlete.New(nil, func(line string) { log.Print(line) })
	if err != nil {
		log.Fatal(err)
	}
	web := &http.Server{
		Addr:              os.Args[1],
		Handler:           (&server{client: client}).handler(),
		ReadHeaderTimeout: 5 * time.Second,
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		term, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer cancel()
		<-term.Done()
		_ = web.Shutdown(context.Background()) // waits for the handlers, and thus for their calls
	}()
	if err := web.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
	client.Close()
}
