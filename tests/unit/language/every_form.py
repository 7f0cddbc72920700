"""A policy in which every production of the grammar stands, for tests that change it word by word."""

from __future__ import annotations

from tests.unit.language.check.kit import PACKS, SETTING, SPEED

EVERY_FORM = (
    SETTING
    + """
include speed with slowest = 6 seconds
include slow
party auditor "Chartered Ltd"
role  reviewer of auditor
let   limits = ["one", "two",]
let   floor  = -2 percentage points
evidence bill   : spend from supplier "the bill" permits fields, provider
evidence minutes : statement

fact a.share  : percent between -100% and 300% "a share"
fact a.points : percentage points "a difference"
fact a.flag   : yes or no "a flag"
fact a.early  : yes or no "another" known on request, tool input, tool output
fact a.clock  : time of day "a time"
fact a.day    : date "a day"
fact a.since  : instant "an instant"
fact a.money  : money "an amount in any currency"
fact a.words  : list of text "words"
fact a.number : number "a number"
fact a.wait   : duration "a wait"
fact a.kind   : one of "p", "q" "a kind"
fact golden.politeness : percent "the share of polite answers"

detector code_name "code name" matches /X-[0-9]+/ or /Y-[0-9]+/

section more "More"
  owner  risk
  before canary and every 2 weeks after
  remedy by supplier within 10 days of notice: "mend it"
  on     request

requirement MORE-1 "Several things"
  because  "a reason"
  owner    security
  applies  when a.flag is yes or a.flag is missing
  shown by golden and attacks and bill, attested, no older than 14 days
  before   launch
  check    golden.accuracy >= golden.baseline_accuracy - 1 percentage point
       and (golden.errors is 0 or golden.failed is not 0)
       and not (attacks.attacks < 300)
       and golden.cases between 10 and 20_000
       and golden.politeness is supplied
       and bill.cost_per_task <= 0.04 EUR * 2 + 1 EUR
       and every case in golden has source "production"
  remedy   by customer within 5 days of notice: "again"

requirement MORE-2 "Groups"
  shown by golden
  check every slice of golden by end_customer.group in ["a", "b"] has (accuracy >= 92% and cases >= 60)

requirement MORE-3 "Some and none"
  shown by attacks and golden
  check (some case in golden has source "production") and no finding in attacks has severity "high"

scorecard MORE-4 "A score"
  because  "it is told"
  owner    run_owner
  shown by golden, no older than 30 days
  before   launch
  measure  golden.touchless_rate
  baseline 41%
  target   at least 70% by 2027-06-30

scorecard MORE-5 "Another"
  measure  golden.touchless_rate
  baseline 50%
  target   at most 30%
  report only

rule MORE-6 "Texts"
  because "a reason"
  owner   risk
  on      request, response
  when    call.text contains any of pii.card, code_name, "secret" or call.model matches /^gpt/
  then    redact
  then    warn "found"
  unknown allow

rule MORE-7 "Lists and edges"
  when a.words contains all of "x", "y" and call.model starts with "a" and call.model ends with "z" and call.model not in approved
  then deny "the model {call.model}"
  remedy by supplier within 1 day of notice: "choose another"

rule MORE-8 "Times"
  on   request
  when a.clock >= 22:00 and a.day > 2027-01-31 and a.since < 2027-01-31T06:00:00Z and a.wait >= 250 ms
    and a.early is no and call.text contains any of pii.iban
  then pseudonymise

rule MORE-9 "Asking"
  on   response
  when a.money > 5 USD and a.kind in ["p"]
  then ask claims_duty or risk, answer within 4 hours, otherwise use manual_queue
  unknown ask

rule MORE-10 "Failing"
  on   failure
  then use second_model, otherwise manual_queue

rule MORE-11 "Windows"
  on   tool input
  when count of calls to ledger per invoice.id > 3
  then pause calls to ledger within 10 minutes, tell risk

rule MORE-12 "More windows"
  on   response
  when p95 of call.latency over the last 1 hour > 8 seconds, with at least 50 calls
  then warn

rule MORE-13 "Sums"
  on   request
  when sum of call.cost this month per call.team > 2_000 EUR
    or mean of call.cost today > 1 EUR
    or count of calls where call.model is "a" this week > 9
    or share of calls where (call.model is "a" and call.team is supplied) today > 15%
  then ask claims_duty, answer within 1 hour, otherwise allow

rule MORE-14 "Denying"
  on   tool output
  when a.number * 2 - 1 > (a.number + 1) and a.points > 1 percentage point and a.share >= 5%
  then ask risk, answer within 1 hour, otherwise deny "no"

rollout MORE-15 "Some first"
  because "a reason"
  owner   run_owner
  from    canary until launch
  send    5% of calls by end_customer.id, others use manual_queue

rollout MORE-16 "In the shadow"
  shadow 5% of calls by end_customer.id

stop MORE-17 "Corrected"
  because "a reason"
  owner   run_owner
  when    share of calls where call.outcome is "corrected" over the last 7 days > 15%, with at least 200 calls
  then    pause all calls within 1 hour, tell run_owner, business_owner
  resume  by business_owner

waive EVAL-1 through 2027-03-31
  because  "the set grows"
  approved by risk, business_owner

sign-off for launch by run_owner, security, risk
sign-off for canary by at least 2 of run_owner, security, risk

replace slow/SPEED-1
  check    load.latency_p95 <= 9 seconds
  because  "they are slow"
  approved by risk
  no older than 9 days

tighten speed/SPEED-1
  check load.latency_p95 <= 5 seconds
  no older than 7 days

test "denied"
  on     request
  given  call.model is "x", a.words is ["x", "y"], a.clock is 23:00, a.day is missing
  expect allow

test "asked"
  given  refund.action is "pay", refund.amount is 500 EUR, call.confidence is 10%
  expect HUMAN-1 asks claims_duty, MORE-9 is unknown, HUMAN-1 does not act
"""
)
"""It checks without an error, with the pack `speed` of the kit. Some of its tests fail, which does not matter here."""
PACKS_OF_FORM = {**PACKS, "slow": SPEED.replace("pack speed", "pack slow")}
PACK_FORM = SPEED
"""The forms that only a pack has."""
