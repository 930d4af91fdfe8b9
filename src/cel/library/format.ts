import { base64Fault } from '../../base/base64.ts'
import { type NameRule, validateLabels, validateName } from '../../kube/validation/names.ts'
import { parseTimestamp } from '../evaluate/time-text.ts'
import { MadeList, none, OpaqueValue, Optional } from '../evaluate/values.ts'
import { opaque } from '../types/types.ts'
import { type Library, overloads } from './definition.ts'

/** Answers what is wrong with a text. */
type Rule = (text: string) => readonly string[]

/** `kubernetes.NamedFormat`. */
class Format extends OpaqueValue {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly name: string
  readonly rule: Rule
  constructor(name: string, rule: Rule) {
    super()
    this.name = name
    this.rule = rule
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof Format && other.name === this.name
  }
}

// Without the words that an error of a field begins with.
const details = (errors: readonly { readonly message: string }[]) => errors.map(({ message }) => message.replace(/^Invalid value: "(?:[^"\\]|\\.)*": /, ''))

const named =
  (rule: NameRule): Rule =>
  (text) =>
    details(validateName('', text, rule))
// A prefix may end in a dash: what is generated follows it.
const prefixed =
  (rule: NameRule): Rule =>
  (text) =>
    details(validateName('', text.replace(/-$/, 'a'), rule))
const when =
  (test: (text: string) => boolean, message: string): Rule =>
  (text) =>
    test(text) ? [] : [message]

const rules: Readonly<Record<string, Rule>> = {
  dns1123Label: named('label'),
  dns1123Subdomain: named('subdomain'),
  dns1035Label: named('service'),
  dns1123LabelPrefix: prefixed('label'),
  dns1123SubdomainPrefix: prefixed('subdomain'),
  dns1035LabelPrefix: prefixed('service'),
  qualifiedName: (text) => details(validateLabels('', { [text]: '' })),
  labelValue: (text) => details(validateLabels('', { key: text })),
  uri: when((text) => /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|\/)\S*$/.test(text), 'invalid URI for request'),
  uuid: when((text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text), 'does not match the UUID format'),
  byte: when((text) => base64Fault(text) === undefined, 'invalid base64'),
  date: when((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined, 'invalid date'),
  datetime: when((text) => parseTimestamp(text) !== undefined, 'invalid datetime'),
}

const formats = new Map(Object.entries(rules).map(([name, rule]): [string, Format] => [name, new Format(name, rule)]))

function validate({ rule }: Format, text: string): Optional {
  const faults = rule(text)
  return faults.length === 0 ? none : new Optional(MadeList.from(faults))
}

/** Kubernetes' named formats. */
export const namedFormats: Library = {
  overloads: overloads({
    ...Object.fromEntries([...formats].map(([name, format]) => [`format.${name}(): kubernetes.NamedFormat`, () => format])),
    'format.named(string): optional<kubernetes.NamedFormat>': (name: string) => new Optional(formats.get(name)),
    'kubernetes.NamedFormat.validate(string): optional<list<string>>': validate,
  }),
  types: { 'kubernetes.NamedFormat': opaque('kubernetes.NamedFormat') },
}
