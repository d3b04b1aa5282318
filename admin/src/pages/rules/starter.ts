/** What a new rule begins with: whole, without problems, and easy to change. */
export const starter = (key: string): string => `key: ${key}
kind: reward
title: {en: Three messages a day, zh: 每天三条消息}
on: message.sent
when: 'events("message.sent", "today").count() >= 3'
once: day
then:
  - grant_points: {amount: 10}
cases:
  - name: two messages are not enough
    events: [{type: message.sent, times: 2}]
    expect: {outcome: false}
  - name: the third message
    events: [{type: message.sent, times: 3}]
    expect: {outcome: true, effects: [grant_points: {amount: 10}]}
`
