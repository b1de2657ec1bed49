//! The combinations that the scenarios must cover.

use super::table::Scenario;

const CALLS: &str = "authorization|token|backchannel_authentication";

/// The rules for status, outcome and ticket state. `|` separates alternatives, each of which needs a
/// scenario; `EACH` is each of the fail calls, `*` is any value, `-` is no value.
const RULES: &str = "
call     status            HTTP  action  resultCode  outcome  ticket  attempts

# Refused before sending.
client   INVALID_ARGUMENT|INVALID_CONFIG                 * * *  NO_API_RESPONSE  NONE       0
*        INVALID_ARGUMENT                                0 * *  NO_API_RESPONSE  UNTOUCHED  0
EACH     INVALID_REQUEST|SHUTDOWN                        0 * *  NO_API_RESPONSE  UNTOUCHED  0
*        CONNECT|TLS|RESOURCE|TIMEOUT|SHUTDOWN           0 * *  NO_API_RESPONSE  UNTOUCHED  1
# Sent incompletely: no other NETWORK leaves the ticket untouched.
*        NETWORK                                         0 * *  NO_API_RESPONSE  UNTOUCHED  1|2

# authlete_fail_client_connect sends no request.
connect  OK                                              0 * *  NO_API_RESPONSE  NONE       0|1|2
connect  SHUTDOWN                                        0 * *  NO_API_RESPONSE  NONE       0
connect  CONNECT|TLS|RESOURCE|TIMEOUT|SHUTDOWN           0 * *  NO_API_RESPONSE  NONE       1
connect  TLS                                             0 * *  NO_API_RESPONSE  NONE       2

# Sent, no complete API response.
*        TIMEOUT|NETWORK|SHUTDOWN|PROTOCOL           0|200 * *  NO_API_RESPONSE  UNKNOWN    1

# An HTTP status outside 2xx.
*        HTTP  400|401|403|404|405|413|415|421|429         * *  NO_API_RESPONSE  UNTOUCHED  1
*        HTTP  301|302|303|307|308|402|408|409|422|500|502|503|504
                                                           * *  NO_API_RESPONSE  UNKNOWN    1

# An API response that is not one JSON object.
*        PROTOCOL  200|204                                 * *  NO_API_RESPONSE  UNKNOWN    1

# An API response.
authorization               OK  200  LOCATION|FORM          *          DELIVERED       CONSUMED  1
authorization               OK  200  BAD_REQUEST            *          TICKET_INVALID  INVALID   1
token                       OK  200  BAD_REQUEST            *          DELIVERED       CONSUMED  1
backchannel_authentication  OK  200  BAD_REQUEST|FORBIDDEN  *          DELIVERED       CONSUMED  1
backchannel_authentication  OK  200  INTERNAL_SERVER_ERROR  A185001|-  DELIVERED       CONSUMED  1
EACH                        OK  200  INTERNAL_SERVER_ERROR  *          SERVER_ERROR    UNKNOWN   1
EACH                        OK  200  *  A059202|A059203|A059301|A063202|A063203|A063301
                                                                       TICKET_INVALID  INVALID   1
EACH                        OK  200  SOMETHING_NEW|-        *          UNKNOWN_ACTION  UNKNOWN   1

# A known action whose content must not be passed on.
authorization               PROTOCOL  200  LOCATION|FORM          *  SERVER_ERROR  CONSUMED  1
authorization               PROTOCOL  200  BAD_REQUEST            *  SERVER_ERROR  INVALID   1
token                       PROTOCOL  200  BAD_REQUEST            *  SERVER_ERROR  CONSUMED  1
backchannel_authentication  PROTOCOL  200  BAD_REQUEST|FORBIDDEN  *  SERVER_ERROR  CONSUMED  1
EACH                        PROTOCOL  200  INTERNAL_SERVER_ERROR  *  SERVER_ERROR  UNKNOWN   1

# A request without a ticket.
backchannel_authentication  TLS|RESOURCE|TIMEOUT|NETWORK|SHUTDOWN|HTTP|PROTOCOL
                                            *  *  *  NO_API_RESPONSE                               NONE  *
backchannel_authentication  OK             200 *  *  DELIVERED|TICKET_INVALID                NONE  1
backchannel_authentication  OK             200 *  *  SERVER_ERROR|UNKNOWN_ACTION             NONE  1
backchannel_authentication  PROTOCOL       200 *  *  SERVER_ERROR                            NONE  1

# Two attempts, the first of which Authlete may have processed.
*        OK                        200  *  *  DELIVERED       CONSUMED   2
*        OK                        200  *  *  TICKET_INVALID  UNKNOWN    2
*        HTTP              400|429|500  *  *  NO_API_RESPONSE       UNKNOWN    2
*        TIMEOUT|SHUTDOWN|NETWORK    0  *  *  NO_API_RESPONSE       UNKNOWN    2
*        PROTOCOL                  200  *  *  NO_API_RESPONSE       UNKNOWN    2

# Two attempts, the first of which was not sent completely.
*        OK                        200  *  *  TICKET_INVALID  INVALID    2
*        HTTP                      401  *  *  NO_API_RESPONSE       UNTOUCHED  2
*        CONNECT|TLS|NETWORK         0  *  *  NO_API_RESPONSE       UNTOUCHED  2

# An extra attempt with the DPoP nonce that Authlete required, and a lost connection.
*        HTTP                      429  *  *  NO_API_RESPONSE       UNTOUCHED  2
*        OK                        200  *  *  DELIVERED       CONSUMED   3
*        HTTP                      401  *  *  NO_API_RESPONSE       UNKNOWN    3
*        NETWORK                     0  *  *  NO_API_RESPONSE       UNKNOWN    3

# A general call; the documentation of the actions is compared with the scenarios.
call     INVALID_ARGUMENT|INVALID_REQUEST    0  *                *  NO_API_RESPONSE  UNTOUCHED       0
call     SHUTDOWN                            0  *                *  NO_API_RESPONSE  UNTOUCHED|NONE  0
call     CONNECT|TLS|RESOURCE                0  *                *  NO_API_RESPONSE  NONE            1
call     TIMEOUT|NETWORK|SHUTDOWN|PROTOCOL   0  *                *  NO_API_RESPONSE  NONE            1
call     TIMEOUT                             0  *                *  NO_API_RESPONSE  UNTOUCHED       1
call     TIMEOUT|NETWORK                     0  *                *  NO_API_RESPONSE  UNKNOWN         1
call     HTTP  302|400|401|403|404|429|500|503  *                *  NO_API_RESPONSE  NONE            1
call     HTTP                          400|429  *                *  NO_API_RESPONSE  UNTOUCHED       1
call     HTTP                              500  *                *  NO_API_RESPONSE  UNKNOWN         1
call     PROTOCOL                          200  *                *  NO_API_RESPONSE  NONE|UNKNOWN    1
call     PROTOCOL                          200  *                *  OTHER_API        NONE|UNKNOWN    1
call     OK                            201|204  *                *  OTHER_API        NONE            1
call     OK                                200  SOMETHING_NEW|-  *  OTHER_API        NONE|UNKNOWN    1
call     OK                                200  *                *  OTHER_API        NONE            2
call     HTTP                              429  *                *  NO_API_RESPONSE  NONE            2
call     HTTP                              500  *                *  NO_API_RESPONSE  UNKNOWN         2
call     TLS|NETWORK                         0  *                *  NO_API_RESPONSE  NONE            2
";

/// Statuses that no scenario can have, and why.
pub const UNREACHABLE: &[(&str, &str)] = &[(
    "INTERNAL",
    "needs a panic: a bug in the library, or a log callback that panics, which a C callback cannot; \
     a unit test in src/ffi/call.rs covers it",
)];

/// The combinations of the rules that no scenario has.
pub fn missing(table: &[Scenario]) -> Vec<String> {
    let scenarios: Vec<_> = table.iter().map(cells).collect();
    let lines = RULES.lines().filter(|line| !line.starts_with('#'));
    let rules = lines.flat_map(str::split_whitespace).collect::<Vec<_>>();
    let mut missing = Vec::new();
    for rule in rules.chunks(8).skip(1) {
        for combination in combinations(rule) {
            let has = |cells: &[String; 8]| {
                combination.iter().zip(cells).all(|(wanted, cell)| *wanted == "*" || wanted == cell)
            };
            if !scenarios.iter().any(has) {
                missing.push(combination.join(" "));
            }
        }
    }
    missing
}

/// The columns of the rules for one scenario.
fn cells(scenario: &Scenario) -> [String; 8] {
    let expect = &scenario.expect;
    let number = |number: Option<i64>| number.map_or("?".to_owned(), |number| number.to_string());
    let text = |text: &Option<String>| match text.as_deref() {
        None => "?".to_owned(),
        Some("") => "-".to_owned(),
        Some(text) => text.to_owned(),
    };
    [
        scenario.call.clone(),
        expect.status.clone(),
        number(expect.http_status),
        text(&expect.action),
        text(&expect.result_code),
        text(&expect.outcome),
        text(&expect.ticket_state),
        number(expect.attempts),
    ]
}

fn combinations<'a>(rule: &[&'a str]) -> Vec<Vec<&'a str>> {
    rule.iter().fold(vec![Vec::new()], |combinations, cell| {
        let cell = if *cell == "EACH" { CALLS } else { cell };
        combinations
            .iter()
            .flat_map(|start| cell.split('|').map(|last| [start.as_slice(), &[last]].concat()))
            .collect()
    })
}
