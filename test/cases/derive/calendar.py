"""Writes test/cases/calendar.yaml out of a table whose starts are derived by hand from the zones' rules.

    python3 test/cases/derive/calendar.py > test/cases/calendar.yaml
"""
from datetime import datetime, timedelta, timezone
def ms(t): 
    d=datetime.fromisoformat(t.replace('Z','+00:00')); return d
def iso(d): return d.astimezone(timezone.utc).isoformat(timespec='milliseconds').replace('+00:00','Z')
C=[
 # name, zone, weekStart, T, {unit:start}, note
 ('UTC in the middle of everything','UTC',None,'2024-05-15T10:30:00Z',{'day':'2024-05-15T00:00:00Z','week':'2024-05-13T00:00:00Z','month':'2024-05-01T00:00:00Z','quarter':'2024-04-01T00:00:00Z','year':'2024-01-01T00:00:00Z'},'15 May 2024 was a Wednesday'),
 ('a leap day','UTC',None,'2024-02-29T12:00:00Z',{'day':'2024-02-29T00:00:00Z','month':'2024-02-01T00:00:00Z','quarter':'2024-01-01T00:00:00Z','week':'2024-02-26T00:00:00Z'},'a Thursday'),
 ('the day after a leap day','UTC',None,'2024-03-01T00:00:01Z',{'day':'2024-03-01T00:00:00Z','month':'2024-03-01T00:00:00Z','week':'2024-02-26T00:00:00Z','quarter':'2024-01-01T00:00:00Z'},'a Friday'),
 ('1900 had no leap day','UTC',None,'1900-03-01T06:00:00Z',{'day':'1900-03-01T00:00:00Z','month':'1900-03-01T00:00:00Z','week':'1900-02-26T00:00:00Z','year':'1900-01-01T00:00:00Z'},'1 March 1900 was a Thursday'),
 ('2000 had one','UTC',None,'2000-02-29T06:00:00Z',{'day':'2000-02-29T00:00:00Z','month':'2000-02-01T00:00:00Z'},''),
 ('before 1970','UTC',None,'1969-12-31T23:59:59.999Z',{'day':'1969-12-31T00:00:00Z','week':'1969-12-29T00:00:00Z','month':'1969-12-01T00:00:00Z','quarter':'1969-10-01T00:00:00Z','year':'1969-01-01T00:00:00Z'},'31 December 1969 was a Wednesday'),
 ('long before 1970','UTC',None,'1583-01-01T00:00:00.001Z',{'day':'1583-01-01T00:00:00Z','year':'1583-01-01T00:00:00Z','month':'1583-01-01T00:00:00Z'},''),
 ('the week that 1 January is in may begin in the old year','UTC',None,'2025-01-01T12:00:00Z',{'week':'2024-12-30T00:00:00Z','year':'2025-01-01T00:00:00Z','quarter':'2025-01-01T00:00:00Z'},'1 January 2025 was a Wednesday'),
 ('a Sunday, weeks beginning on Monday','UTC',None,'2024-05-19T12:00:00Z',{'week':'2024-05-13T00:00:00Z'},''),
 ('a Sunday, weeks beginning on Sunday','UTC',7,'2024-05-19T12:00:00Z',{'week':'2024-05-19T00:00:00Z'},''),
 ('a Saturday, weeks beginning on Sunday','UTC',7,'2024-05-18T12:00:00Z',{'week':'2024-05-12T00:00:00Z'},''),
 ('a Friday, weeks beginning on Saturday','UTC',6,'2024-05-17T12:00:00Z',{'week':'2024-05-11T00:00:00Z'},''),
 ('a Monday, weeks beginning on Monday, said so','UTC',1,'2024-05-13T00:00:00.001Z',{'week':'2024-05-13T00:00:00Z'},''),
 ('the first quarter day of each quarter','UTC',None,'2024-10-01T00:00:00.001Z',{'quarter':'2024-10-01T00:00:00Z'},''),
 ('the last millisecond of a quarter','UTC',None,'2024-09-30T23:59:59.999Z',{'quarter':'2024-07-01T00:00:00Z'},''),
 ('London, the day the clocks go forward, is 23 hours long','Europe/London',None,'2024-03-31T22:59:59.999Z',{'day':'2024-03-31T00:00:00Z','week':'2024-03-25T00:00:00Z','month':'2024-03-01T00:00:00Z'},'01:00 UTC the offset goes from 0 to 1 h'),
 ('London, the day after','Europe/London',None,'2024-03-31T23:00:00.001Z',{'day':'2024-03-31T23:00:00Z','month':'2024-03-31T23:00:00Z','quarter':'2024-03-31T23:00:00Z','week':'2024-03-31T23:00:00Z','year':'2024-01-01T00:00:00Z'},'1 April 2024, a Monday, 00:00 BST'),
 ('London, the day the clocks go back, is 25 hours long','Europe/London',None,'2024-10-27T23:59:59.999Z',{'day':'2024-10-26T23:00:00Z','week':'2024-10-20T23:00:00Z','month':'2024-09-30T23:00:00Z','year':'2024-01-01T00:00:00Z'},'27 October 2024 was a Sunday'),
 ('London in the years of standing summer time','Europe/London',None,'1969-07-01T00:00:00Z',{'day':'1969-06-30T23:00:00Z','month':'1969-06-30T23:00:00Z','year':'1968-12-31T23:00:00Z'},'1 h ahead from February 1968 to October 1971'),
 ('New York, forward','America/New_York',None,'2024-03-10T20:00:00Z',{'day':'2024-03-10T05:00:00Z','week':'2024-03-04T05:00:00Z'},''),
 ('New York, back','America/New_York',None,'2024-11-03T20:00:00Z',{'day':'2024-11-03T04:00:00Z','month':'2024-11-01T04:00:00Z'},''),
 ('Sao Paulo, a midnight that does not exist','America/Sao_Paulo',None,'2018-11-04T12:00:00Z',{'day':'2018-11-04T03:00:00Z','week':'2018-10-29T03:00:00Z'},'00:00 becomes 01:00 at 03:00 UTC'),
 ('Cairo, a midnight that does not exist','Africa/Cairo',None,'2024-04-26T12:00:00Z',{'day':'2024-04-25T22:00:00Z'},'00:00 becomes 01:00 at 22:00 UTC'),
 ('Sao Paulo, an hour before midnight that comes twice','America/Sao_Paulo',None,'2018-02-18T02:30:00Z',{'day':'2018-02-17T02:00:00Z'},'still the 17th: 00:00 becomes 23:00 at 02:00 UTC'),
 ('Sao Paulo, the midnight after it','America/Sao_Paulo',None,'2018-02-18T03:00:00.001Z',{'day':'2018-02-18T03:00:00Z'},''),
 ('Havana, a midnight that comes twice counts from the first','America/Havana',None,'2024-11-03T05:30:00Z',{'day':'2024-11-03T04:00:00Z'},'01:00 becomes 00:00 at 05:00 UTC'),
 ('Havana, between the two midnights','America/Havana',None,'2024-11-03T04:30:00Z',{'day':'2024-11-03T04:00:00Z'},''),
 ("St John's, a minute of Sunday before Saturday comes back, seen from Saturday",'America/St_Johns',None,'2010-11-07T03:00:00Z',{'day':'2010-11-06T02:30:00Z'},'Sunday 00:01 becomes Saturday 23:01 at 02:31 UTC; at 03:00 UTC it is Saturday 23:30'),
 ("St John's, the same seen from Sunday",'America/St_Johns',None,'2010-11-07T12:00:00Z',{'day':'2010-11-07T02:30:00Z'},'the first of the two midnights'),
 ('Kolkata, half an hour off','Asia/Kolkata',None,'2024-06-02T10:00:00Z',{'day':'2024-06-01T18:30:00Z','month':'2024-05-31T18:30:00Z'},''),
 ('Lord Howe, half an hour back','Australia/Lord_Howe',None,'2024-04-07T13:29:59.999Z',{'day':'2024-04-06T13:00:00Z'},'+11:00 becomes +10:30'),
 ('Kathmandu, a year that begins at a quarter past midnight','Asia/Kathmandu',None,'1986-01-01T00:00:00Z',{'day':'1985-12-31T18:30:00Z','year':'1985-12-31T18:30:00Z'},'+05:30 becomes +05:45 at that midnight'),
 ('Monrovia, an offset with seconds','Africa/Monrovia',None,'1971-06-15T12:00:00Z',{'day':'1971-06-15T00:44:30Z'},'-00:44:30 until 1972'),
 ('Apia, the day after the day that never was','Pacific/Apia',None,'2011-12-30T22:00:00Z',{'day':'2011-12-30T10:00:00Z','week':'2011-12-26T10:00:00Z','month':'2011-12-01T10:00:00Z'},'29 December -10:00 is followed by 31 December +14:00'),
 ('Apia, a week that would begin on the day that never was','Pacific/Apia',5,'2011-12-30T22:00:00Z',{'week':'2011-12-30T10:00:00Z'},'30 December 2011 would have been a Friday'),
 ('Kiritimati, furthest ahead','Pacific/Kiritimati',None,'2024-01-01T09:00:00Z',{'day':'2023-12-31T10:00:00Z','year':'2023-12-31T10:00:00Z'},''),
 ('Niue, furthest behind','Pacific/Niue',None,'2024-01-01T10:59:59.999Z',{'day':'2023-12-31T11:00:00Z','year':'2023-01-01T11:00:00Z'},'still 31 December'),
]
print("""# Windows 'UNIT to date'. Each case has an event at the first instant of each period and one a millisecond before it. Starts are
# derived by hand from the zones' rules and were checked with Python's zoneinfo.
cases:""")
for name,zone,ws,T,units,note in C:
    print(f'  - name: "calendar - {name}"')
    if note: print(f'    # {note}')
    over=', '.join(f'{u} to date' for u in units)
    print(f"""    project:
      events: {{ e: {{ subject: user, time: at, id: id, data: {{ id: string, user: entity user, at: time }} }} }}
      windows: {{ w: {{ of: e, by: user, zone: {zone}, {f'weekStart: {ws}, ' if ws else ''}over: [{over}], features: {{ ids: {{ aggregate: collect, column: id }} }} }} }}
    events:""")
    ev={}
    for u,s in units.items():
        ev.setdefault(ms(s),[]).append(u)
    items=[]
    for s,us in ev.items():
        items.append((s-timedelta(milliseconds=1),'before-'+'-'.join(us))); items.append((s,'-'.join(us)))
    items.sort()
    for t,i in items: print(f"      - e: {{ id: {i}, user: u, at: '{iso(t)}' }}")
    print("    roots:")
    exp=', '.join(f"{u} to date: [{', '.join(i for t,i in items if ms(s)<=t<ms(T))}]" for u,s in units.items())
    print(f"      - root: {{ at: '{iso(ms(T))}', user: u }}\n        expect: {{ w: {{ ids: {{ {exp} }} }} }}")
print("""  - name: calendar - at the very start of a period there is nothing of it
    project:
      events: { e: { subject: user, time: at, id: id, data: { id: string, user: entity user, at: time } } }
      windows: { w: { of: e, by: user, zone: Europe/Berlin, over: [day to date, month to date, year to date, week to date, quarter to date], features: { n: { aggregate: count }, rate: { aggregate: rate, options: { per: 1h } } } } }
    events:
      - e: { id: a, user: u, at: '2023-12-31T22:59:59.999Z' }
      - e: { id: b, user: u, at: '2023-12-31T23:00:00Z' }
    roots:
      - root: { e: b }                 # Monday 1 January 2024, 00:00 in Berlin
        expect: { w: { n: { day to date: 0, week to date: 0, month to date: 0, quarter to date: 0, year to date: 0 }, rate: { day to date: 0, year to date: 0 } } }
      - root: { e: a }
        expect: { w: { n: { day to date: 0, week to date: 0, month to date: 0, year to date: 0 }, rate: { day to date: 0 } } }
      - root: { at: '2023-12-31T23:00:00.001Z', user: u }
        expect: { w: { n: { day to date: 1, year to date: 1 }, rate: { day to date: 3600000 } } }
      - root: { at: '2023-12-31T23:00:00+00:00', user: u }
        expect: { time: '2024-01-01T00:00:00+01:00', w: { n: { day to date: 0 } } }""")
