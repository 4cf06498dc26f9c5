/** Definitions proposed for a file when there are none: an entity, an event, and the mapping between, as TypeScript. */
import { MillraceError } from '../../base/error.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import type { ColumnProfile } from './profile.ts'

export interface ProposedDefinitions {
  /** A module that imports from 'millrace'. */
  readonly typescript: string
  /** Guesses that should be looked at. */
  readonly notes: readonly string[]
}

/** Throws TIME_NOT_INFERRED and SUBJECT_NOT_INFERRED where the file has no column that could be it. */
export const proposeDefinitions = (fileName: string, profiles: readonly ColumnProfile[]): ProposedDefinitions => {
  const known = profiles.filter(({ field }) => field !== undefined).flatMap(opened)
  const time = timeColumn(fileName, known)
  const subject = subjectColumn(fileName, known, time)
  const names = uniqueNames(known)
  const name = slug(fileName.replace(/\.[a-z0-9]+$/i, ''))
  const entityName = slug(subject.name.replace(/[_\-. ]?(?:id|key|no|number)$/i, '')) || 'subject'
  const member = (profile: ColumnProfile): string => names.get(profile)!
  const used = new Set<string>(['column', 'entity', 'event', 'into', 'mapping'])
  const fieldText = (profile: ColumnProfile): string => {
    if (profile === subject) return variable(entityName)
    const text = fieldCode(profile.field!, used)
    return profile.isOptional && profile !== time ? wrapped('optional', text, used) : text
  }
  const variables = distinct(variable(entityName), variable(name))
  const columns = known.map(
    (profile) => `    ${keyText(member(profile))}: ${columnText(profile, member(profile), fieldText(profile), used)},`,
  )
  const lines = [
    `export const ${variables.entity} = entity(${quote(entityName)})`,
    '',
    `/** A row of ${fileName}. */`,
    `export const ${variables.event} = event(${quote(name)}, {`,
    `  subject: ${quote(member(subject))},`,
    `  time: ${quote(member(time))},`,
    `  data: {`,
    ...known.map((profile) => `    ${keyText(member(profile))}: ${fieldText(profile)},`),
    `  },`,
    `})`,
    '',
    `/** Each event could be known when it happened: say so if it was later. */`,
    `export const ${variables.event}File = mapping(${quote(name)}, {`,
    `  columns: {`,
    ...columns,
    `  },`,
    `  events: (row) => into(${variables.event}, { fields: { ...row }, knownAt: 'time' }),`,
    `})`,
    '',
  ]
  const imports = [...used].sort().filter((word) => word !== 'column' || columns.some((text) => text.includes('column(')))
  const without = profiles.filter(({ field }) => field === undefined).map((profile) => profile.name)
  return {
    typescript: [`import { ${imports.join(', ')} } from 'millrace'`, '', ...lines].join('\n'),
    notes: [
      `'${subject.name}' was taken for the subject: whose events these are`,
      `'${time.name}' was taken for the time${time.unit === undefined ? '' : `, in ${time.unit}`}`,
      ...(without.length > 0 ? [`left out, since no one type holds their values: ${without.join(', ')}`] : []),
    ],
  }
}

/** Members of objects as columns of their own: `place.city`. */
const opened = (profile: ColumnProfile): readonly ColumnProfile[] => {
  const { field } = profile
  if (field?.kind !== 'object') return [profile]
  return Object.entries(field.fields).flatMap(([name, inner]) =>
    opened({ ...profile, name: `${profile.name}.${name}`, field: required(inner), isOptional: true }),
  )
}

const timeColumn = (at: string, profiles: readonly ColumnProfile[]): ColumnProfile => {
  const [time] = profiles.filter(({ field, isOptional }) => field!.kind === 'time' && !isOptional)
  if (time !== undefined) return time
  throw new MillraceError('TIME_NOT_INFERRED', 'no column says when a row happened', {
    at,
    expected: 'a column of times that every row has: a time type, ISO 8601 text with a zone, or whole numbers since 1970',
    hint: 'declare the event and a mapping by hand',
  })
}

const subjectNames = /(?:user|customer|account|client|card|device|member|origin|subject|person|player|driver|host)/i
const keyNames = /(?:id|key|code|no|number)$/i

/** A key that rows share: by its name, then by how often it repeats. */
const subjectColumn = (at: string, profiles: readonly ColumnProfile[], time: ColumnProfile): ColumnProfile => {
  const rank = ({ name, different, values }: ColumnProfile): number =>
    (subjectNames.test(name) ? 4 : 0) + (keyNames.test(name) ? 2 : 0) + (different < values || values < 2 ? 1 : 0)
  const keys = profiles.filter(
    ({ field, isOptional }, i) => profiles[i] !== time && !isOptional && ['string', 'int', 'int64'].includes(field!.kind),
  )
  const texts = keys.filter((profile) => profile.field!.kind === 'string' || rank(profile) >= 2)
  const [subject] = [...(texts.length > 0 ? texts : keys)].sort((a, b) => rank(b) - rank(a))
  if (subject !== undefined) return subject
  throw new MillraceError('SUBJECT_NOT_INFERRED', 'no column says whose event a row is', {
    at,
    expected: 'a column of keys that every row has',
    hint: 'declare the event and a mapping by hand',
  })
}

const fieldCode = (field: FieldPlan, used: Set<string>): string => {
  switch (field.kind) {
    case 'decimal':
      used.add('decimal')
      return `decimal(${field.scale})`
    case 'list':
      return wrapped('list', fieldCode(field.of, used), used)
    case 'optional':
      return wrapped('optional', fieldCode(field.of, used), used)
    case 'object': {
      const members = Object.entries(field.fields).filter(([name]) => memberName.test(name))
      return wrapped('object', `{ ${members.map(([name, inner]) => `${keyText(name)}: ${fieldCode(inner, used)}`).join(', ')} }`, used)
    }
    default:
      used.add(field.kind)
      return `${field.kind}()`
  }
}

const wrapped = (name: string, inner: string, used: Set<string>): string => {
  used.add(name)
  return `${name}(${inner})`
}

const columnText = ({ name, unit }: ColumnProfile, member: string, field: string, used: Set<string>): string => {
  const options = [
    ...(name === member ? [] : [`name: ${quote(name)}`]),
    ...(unit === undefined || unit === 'ms' ? [] : [`unit: ${quote(unit)}`]),
  ]
  if (options.length === 0) return field
  used.add('column')
  return `column(${field}, { ${options.join(', ')} })`
}

const memberName = /^[A-Za-z][A-Za-z0-9_$-]*$/
const identifier = /^[A-Za-z][A-Za-z0-9_$]*$/

const keyText = (name: string): string => (identifier.test(name) ? name : quote(name))
const quote = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** Names that fields may have, each once. */
const uniqueNames = (profiles: readonly ColumnProfile[]): ReadonlyMap<ColumnProfile, string> => {
  const taken = new Set<string>()
  const names = new Map<ColumnProfile, string>()
  for (const profile of profiles) {
    const plain = memberName.test(profile.name) ? profile.name : variable(slug(profile.name))
    let name = plain
    for (let n = 2; taken.has(name); n++) name = `${plain}${n}`
    taken.add(name)
    names.set(profile, name)
  }
  return names
}

/** Letters, digits and `-`, a letter first. */
const slug = (text: string): string => {
  const plain = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase()
  return /^[a-z]/.test(plain) ? plain : `rows${plain === '' ? '' : `-${plain}`}`
}

const reserved = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await column entity event into mapping string int int64 double decimal boolean time list object optional'.split(
    ' ',
  ),
)

const variable = (name: string): string => {
  const camel = name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return reserved.has(camel) ? `${camel}Key` : camel
}

const distinct = (entity: string, event: string): { readonly entity: string; readonly event: string } => ({
  entity,
  event: event === entity ? `${event}Row` : event,
})
