import { test } from 'node:test'
import { rows } from './table.ts'

test('strings are cut, searched, joined and formatted', () => {
  rows([
    ['"héllo".charAt(1)', 'é'],
    ['"abc".charAt(9)', 'error: index out of range: 9'],
    ['"hello".indexOf("l") + "hello".lastIndexOf("l")', 5],
    ['"hello".indexOf("l", 3)', 3],
    ['"😀b".indexOf("b")', 1],
    ['["a", "b"].join("-")', 'a-b'],
    ['["a", "b"].join()', 'ab'],
    ['"HÉ".lowerAscii()', 'hÉ'],
    ['"aé".upperAscii()', 'Aé'],
    ['"a-b-c".replace("-", "+", 1)', 'a+b-c'],
    ['"a-b-c".split("-")', ['a', 'b', 'c']],
    ['"a-b-c".split("-", 2)', ['a', 'b-c']],
    ['"abc".split("")', ['a', 'b', 'c']],
    ['"hello".substring(1, 3)', 'el'],
    ['"hello".substring(3, 1)', 'error: invalid substring range. start: 3, end: 1'],
    ['"  a \\n".trim()', 'a'],
    ['"abc".reverse()', 'cba'],
    ['"%s=%d %.2f %x %b %e".format(["a", 3, 1.005, 255, 5, 1200.0])', 'a=3 1.00 ff 101 1.200000e+03'],
    ['"%s".format([[1, "a", {"k": null}]])', '[1, a, {k: null}]'],
    ['"%d".format(["a"])', 'error: error during formatting: decimal clause can only be used on integers, was given string'],
    ['"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c")', true],
  ])
})

test('lists are put in order, summed and searched', () => {
  rows([
    ['[1, 2, 2].isSorted()', true],
    ['["b", "a"].isSorted()', false],
    ['[1, 2].sum() + [3].max() + [5, 4].min()', 10],
    ['[1.5, 2.5].sum()', 4],
    ['[].sum() == 0', true],
    ['[duration("1s"), duration("2s")].sum() == duration("3s")', true],
    ['numbers.min()', 'error: min called on empty list', { numbers: [] }],
    ['["a", "b", "a"].indexOf("a") + ["a", "b", "a"].lastIndexOf("a")', 2],
    ['[3, 1, 2].sort()', [1, 2, 3]],
    ['[1, 1, 2].distinct()', [1, 2]],
    ['[[[1]], [[2], [3]]].flatten()', [[1], [2], [3]]],
    ['[[[1]], [[2], [3]]].flatten(2)', [1, 2, 3]],
    ['[1, 2, 3].slice(1, 3)', [2, 3]],
    ['sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])', true],
  ])
})

test('patterns are those of RE2', () => {
  rows([
    ['"abc123".find("[0-9]+")', '123'],
    ['"abc".find("[0-9]+")', ''],
    ['"1 a 2 b 3".findAll("[0-9]")', ['1', '2', '3']],
    ['"1 a 2 b 3".findAll("[0-9]", 2)', ['1', '2']],
    ['"abc".matches("^a.c$") && matches("abc", "b")', true],
    ['"(".size() == 1 && "a".matches("a++")', 'error: error parsing regexp: invalid nested repetition operator: `++`'],
  ])
})

test('URLs, addresses and networks are taken apart', () => {
  rows([
    ['isURL("https://a:80/b?c=d&c=e")', true],
    ['isURL("a b") || isURL("../x")', false],
    ['url("https://user@a.io:80/b c").getHost()', 'a.io:80'],
    ['url("https://[::1]:80/").getHostname() + url("https://[::1]:80/").getPort()', '::180'],
    ['url("https://a/b c").getEscapedPath()', '/b%20c'],
    ['url("https://a/?c=d&c=e").getQuery()["c"]', ['d', 'e']],
    ['url("HTTPS://a/").getScheme()', 'https'],
    ['isIP("127.0.0.1") && isIP("::1") && !isIP("127.0.0.01") && !isIP("::ffff:1.2.3.4")', true],
    ['ip("127.0.0.1").isLoopback() && ip("fe80::1").isLinkLocalUnicast() && ip("8.8.8.8").isGlobalUnicast()', true],
    ['ip("::1").family()', 6],
    ['ip.isCanonical("2001:0db8::1")', false],
    ['string(ip("2001:0db8:0:0:0:0:0:1"))', '2001:db8::1'],
    ['ip("127.0.0.1") == ip("127.0.0.1")', true],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.0.0.0/8").containsIP(ip("11.0.0.1"))', true],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")', true],
    ['string(cidr("10.1.2.3/8").masked()) + "," + string(cidr("10.1.2.3/8").prefixLength())', '10.0.0.0/8,8'],
    ['isCIDR("10.0.0.0/33")', false],
    ['type(ip("::1")) == net.IP', true],
  ])
})

test('quantities and versions are compared', () => {
  rows([
    ['quantity("1Gi").isGreaterThan(quantity("1G"))', true],
    ['quantity("500m").add(quantity("500m")).asInteger()', 1],
    ['quantity("1").sub(2).sign()', -1],
    ['quantity("1500m").asInteger()', 'error: cannot convert value to integer'],
    ['quantity("1500m").asApproximateFloat()', 1.5],
    ['quantity("1").compareTo(quantity("2"))', -1],
    ['quantity("50k") == quantity("50000")', true],
    ['isQuantity("1.3Zi")', false],
    ['semver("1.2.3").isLessThan(semver("1.10.0"))', true],
    ['semver("1.0.0-rc.1").compareTo(semver("1.0.0"))', -1],
    ['isSemver("v1.0") || isSemver("01.0.0")', false],
    ['semver("v1.01", true).minor()', 1],
  ])
})

test('named formats say what is wrong', () => {
  rows([
    ['format.dns1123Label().validate("ok").hasValue()', false],
    ['format.dns1123Label().validate("Not.ok").value().size()', 1],
    ['format.named("uuid").value().validate("x").hasValue()', true],
    ['format.named("nosuch").hasValue()', false],
    ['format.date().validate("2024-02-30").hasValue()', true],
  ])
})
