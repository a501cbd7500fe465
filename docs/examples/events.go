// Ticks by server-sent events, with Go's standard library alone: go run events.go NSE:SBIN-EQ http://localhost:8765
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

type tick struct {
	Symbol    string   `json:"symbol"`
	Price     *float64 `json:"last_traded_price"` // absent where there is none, or none to be believed
	Freshness string   `json:"freshness"`
}

type message struct {
	Message string `json:"message"`
	Data    []tick `json:"data"`
}

func argument(n int, otherwise string) string {
	if len(os.Args) > n {
		return os.Args[n]
	}
	return otherwise
}

// stream shows ticks until the connection ends, and answers the id of the last event.
func stream(address, last string) (string, error) {
	request, err := http.NewRequest("GET", address, nil)
	if err != nil {
		return last, err
	}
	request.Header.Set("Last-Event-ID", last)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return last, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		text, _ := io.ReadAll(answer.Body)
		log.Fatalf("refused: %s", text)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20) // a message of many instruments is longer than the 64 KiB of a Scanner
	event := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			last = value
		case "event":
			event = value
		case "":
			event = ""
		case "data":
			var said message
			if err := json.Unmarshal([]byte(value), &said); err != nil {
				return last, err
			}
			if event != "" {
				fmt.Println(event, said.Message)
				continue
			}
			for _, each := range said.Data {
				if each.Price != nil {
					fmt.Printf("%s %.2f %s\n", each.Symbol, *each.Price, each.Freshness)
				}
			}
		}
	}
	return last, lines.Err()
}

func main() {
	query := url.Values{"symbols": {argument(1, "NSE:SBIN-EQ")}, "mode": {"ltp"}}
	address := argument(2, "http://localhost:8765") + "/events?" + query.Encode()
	for last := ""; ; time.Sleep(time.Second) {
		var err error
		last, err = stream(address, last)
		log.Println("connection lost, trying again:", err)
	}
}
