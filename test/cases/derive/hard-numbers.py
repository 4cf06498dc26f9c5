"""Derives test/cases/numbers.yaml: sums, means and variances of hard numbers by Python's fractions, rounded once by int / int.

    python3 test/cases/derive/hard-numbers.py > test/cases/numbers.yaml
"""
from fractions import Fraction
from math import sqrt

AGGREGATES = ['sum', 'mean', 'variance', 'variancePop', 'deviation', 'deviationPop']


def rounded(exact):
    return exact.numerator / exact.denominator  # correctly rounded by the language's definition; raises OverflowError


def expected(values):
    values = [Fraction(value) for value in values]
    n, total, squares = len(values), sum(values), sum(value * value for value in values)
    spread = n * squares - total * total
    variance = rounded(spread / (n * (n - 1))) if n > 1 else None
    variance_pop = rounded(spread / (n * n))
    root = lambda value: None if value is None else sqrt(value)
    return [rounded(total), rounded(total / n), variance, variance_pop, root(variance), root(variance_pop)]


def shown(value):
    if value is None:
        return 'null'
    return repr(0.0 if value == 0 else value)


CASES = [
    # (name, field type, values as written in the file, values as numbers)
    ('a tenth ten times is one', 'double', ['0.1'] * 10, [0.1] * 10),
    ('a tenth, two and three', 'double', ['0.1', '0.2', '0.3'], [0.1, 0.2, 0.3]),
    ('a large number comes and goes', 'double', ['1e16', '1', '-1e16'], [1e16, 1, -1e16]),
    ('larger than all digits of a double', 'double', ['1e100', '1', '-1e100', '1e-100'], [1e100, 1, -1e100, 1e-100]),
    ('three tenths in a row have no variance', 'double', ['0.1'] * 3, [0.1] * 3),
    ('the smallest double', 'double', ['5e-324', '5e-324', '5e-324'], [5e-324] * 3),
    ('the smallest double, halved, to even', 'double', ['5e-324', '0'], [5e-324, 0]),
    ('three halves of the smallest double, to even', 'double', ['1.5e-323', '0'], [1.5e-323, 0]),
    ('half a unit in the last place goes to even, below', 'double', ['9007199254740992', '1'], [2.0**53, 1]),
    ('half a unit in the last place goes to even, above', 'double', ['9007199254740992', '3'], [2.0**53, 3]),
    ('just above half a unit', 'double', ['9007199254740992', '1', '5e-324'], [2.0**53, 1, 5e-324]),
    ('just below half a unit', 'double', ['9007199254740992', '1', '-5e-324'], [2.0**53, 1, -5e-324]),
    ('a sum of two roundings would be off', 'double', ['9007199254740992', '1', '1'], [2.0**53, 1, 1]),
    ('a mean whose sum alone would round', 'double', ['9007199254740993.5e-1', '0.1', '0.7'], [900719925474099.35, 0.1, 0.7]),
    ('variance far from zero', 'double', ['1000000004', '1000000007', '1000000013', '1000000016'], [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]),
    ('variance far from zero, in ints', 'int', ['1000000004', '1000000007', '1000000013', '1000000016'], [10**9 + 4, 10**9 + 7, 10**9 + 13, 10**9 + 16]),
    ('variance at the end of the ints', 'int', ['9007199254740989', '9007199254740990', '9007199254740991'], [2**53 - 3, 2**53 - 2, 2**53 - 1]),
    ('variance of one', 'double', ['0.3'], [0.3]),
    ('a textbook variance', 'int', ['2', '4', '4', '4', '5', '5', '7', '9'], [2, 4, 4, 4, 5, 5, 7, 9]),
    ('ints past 2^53 in their sum', 'int', ['9007199254740991', '9007199254740991', '2'], [2**53 - 1, 2**53 - 1, 2]),
    ('ints that cancel beyond 2^53', 'int', ['9007199254740991', '9007199254740991', '-9007199254740991', '1'], [2**53 - 1, 2**53 - 1, -(2**53 - 1), 1]),
    ('int64 at both ends', 'int64', ["'9223372036854775807'", "'-9223372036854775808'"], [2**63 - 1, -(2**63)]),
    ('int64 whose sum passes 2^63', 'int64', ["'9223372036854775807'", "'9223372036854775807'", "'1'"], [2**63 - 1, 2**63 - 1, 1]),
    ('int64 far below zero', 'int64', ["'-9223372036854775808'"] * 4, [-(2**63)] * 4),
    ('int64 one apart where doubles are not', 'int64', ["'9007199254740993'", "'9007199254740995'"], [2**53 + 1, 2**53 + 3]),
    ('decimals - a third of cents', 'decimal 2', ['0.01', '0.01', '0.02'], [Fraction(1, 100), Fraction(1, 100), Fraction(2, 100)]),
    # S = 19.41 over 3: (1941 / 100) / 3 is one bit from 1941 / 300 in doubles
    ('decimals - a mean divided twice would be off', 'decimal 2', ['19', '0.40', '0.01'], [Fraction(19), Fraction(40, 100), Fraction(1, 100)]),
    ('decimals - 1.10 2.20 3.30', 'decimal 2', ['1.10', '2.20', '3.30'], [Fraction(11, 10), Fraction(22, 10), Fraction(33, 10)]),
    ('decimals - a tenth ten times', 'decimal 1', ['0.1'] * 10, [Fraction(1, 10)] * 10),
    ('decimals - eighteen digits after the point', 'decimal 18', ["'0.123456789012345678'", "'0.000000000000000001'"], [Fraction(123456789012345678, 10**18), Fraction(1, 10**18)]),
    ('decimals - at the end of 64 bits', 'decimal 2', ["'92233720368547758.07'", "'92233720368547758.07'"], [Fraction(2**63 - 1, 100)] * 2),
    ('decimals - both signs', 'decimal 3', ['-0.001', '0.001', '0.001'], [Fraction(-1, 1000), Fraction(1, 1000), Fraction(1, 1000)]),
    ('decimals - no digits after the point', 'decimal 0', ['1', '2', '4'], [1, 2, 4]),
    ('ints - a mean that is no whole number', 'int', ['1', '2', '2'], [1, 2, 2]),
    ('a mean of the largest doubles, whose sum of them is none', 'double', ['1e308', '-1e308', '1e308'], [1e308, -1e308, 1e308]),
]

print('# Derived by derive/hard-numbers.py from exact fractions; see there.')
print('cases:')
for name, field, written, values in CASES:
    names = list(AGGREGATES)
    try:
        results = expected(values)
    except OverflowError:  # squares of the largest doubles: only sum and mean have a double
        values_ = [Fraction(value) for value in values]
        names, results = ['sum', 'mean'], [rounded(sum(values_)), rounded(sum(values_) / len(values_))]
    print(f'''  - name: numbers - {name}
    project:
      events: {{ e: {{ subject: user, time: at, data: {{ user: entity user, at: time, v: {field} }} }} }}
      windows:
        w:
          of: e
          by: user
          over: [1h]
          features:''')
    for aggregate in names:
        print(f'            {aggregate}: {{ aggregate: {aggregate}, column: v }}')
    print('    events:')
    for i, value in enumerate(written):
        print(f'      - e: {{ user: u, at: {i + 1}, v: {value} }}')
    print('    roots:\n      - root: { at: 1000, user: u }\n        expect:\n          w:')
    for aggregate, result in zip(names, results):
        print(f'            {aggregate}: {{ 1h: {shown(result)} }}')
