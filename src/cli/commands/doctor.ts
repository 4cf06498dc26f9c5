import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import { type ExaminedLetters, examineDeadLetters } from '../../ingest/dead-letters-file.ts'
import { centerFolder, lettersFolder } from '../../server/folders.ts'
import { type Damage, type Examined, examineCenter, giveUpLost } from '../../store/center/embedded/examine.ts'
import { createRealDisk } from '../../store/disk/real/disk.ts'
import type { LogGap } from '../../store/log/port.ts'
import { count, exitCodes } from '../output.ts'
import { addCommand, type CommonOptions, onAction } from '../session.ts'
import { moment } from '../text.ts'
import { bytes } from './status.ts'

interface Options extends CommonOptions {
  readonly giveUp?: true
}

export interface Diagnosis extends Examined {
  readonly folder: string
  /** Nothing is missing: there may be damage that another file makes good. */
  readonly healthy: boolean
  /** Records that this run gave up. */
  readonly givenUp: readonly LogGap[]
}

export const registerDoctor = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'doctor [data]',
    summary: 'checks every checksum of a data folder; says what is damaged, what it holds and what to do',
    examples: ['doctor', 'doctor ../flights/.millrace --json', 'doctor --project examples/cards', 'doctor --give-up'],
  }).option('--give-up', 'go on without records of the log that cannot be read; needs a folder that nobody holds')
  command.addHelpText(
    'after',
    '\nReads only, unless told to give up, also beside a process that holds the folder. Exit codes: 0 healthy, 1 damaged.',
  )
  onAction<Options>(command, async ({ args: [data], options, output }) => {
    const folder = await folderOf(data, options)
    const diagnosis = await examineData(folder, options.giveUp === true)
    output.result(diagnosis, () => diagnosisText(diagnosis))
    return diagnosis.healthy ? exitCodes.well : exitCodes.bad
  })
}

const folderOf = async (data: string | undefined, options: CommonOptions): Promise<string> => {
  const { dataFolder } = await import('../../server/holder.ts')
  if (data !== undefined) return dataFolder('', data)
  const { projectEntry } = await import('../../jobs/realm/bundle.ts')
  return dataFolder(projectEntry(options.project), options.data)
}

/** Throws FILE_NOT_FOUND, DATA_FOLDER_IN_USE where records are to be given up, and what reading throws. */
export const examineData = async (folder: string, giveUp: boolean): Promise<Diagnosis> => {
  if (!existsSync(join(folder, centerFolder)))
    throw new MillraceError('FILE_NOT_FOUND', 'no data lies here', {
      at: folder,
      hint: 'name the folder, or the project with --project',
    })
  const disk = createRealDisk(folder)
  const givenUp = giveUp ? await giveUpLost(disk, centerFolder) : []
  const center = await examineCenter(disk, centerFolder)
  const letters = examineDeadLetters(disk, lettersFolder)
  const damage = [...center.damage, ...(letters === undefined ? [] : lettersDamage(letters))]
  return {
    folder,
    healthy: damage.every(({ isHarmless }) => isHarmless),
    files: center.files + (letters === undefined ? 0 : 1),
    bytes: center.bytes + (letters?.bytes ?? 0),
    damage,
    givenUp,
  }
}

const lettersDamage = ({ path, damaged, lost }: ExaminedLetters): readonly Damage[] =>
  damaged.map((at) => ({
    file: path,
    part: at === 0 ? 'the header' : `dead letters from byte ${at} on`,
    holds: at === 0 || lost.length === 0 ? {} : { rows: [lost[0]!, lost.at(-1)!] },
    effect:
      at === 0
        ? 'none: letters are checked one by one'
        : `${lost.length === 0 ? 'marks of letters' : 'letters'} are lost: events are not touched`,
    remedy: at === 0 ? 'none is needed' : 'bring back the file from a copy, or import the records again from their source',
    isHarmless: at === 0,
  }))

export const diagnosisText = ({ folder, healthy, files, bytes: size, damage, givenUp }: Diagnosis): string =>
  [
    ...damage.map(damageText),
    ...givenUp.map(({ segment, from, to }) => `given up: records ${from} to ${to - 1} of ${segment}`),
    `${count(files)} files, ${bytes(size)} of ${folder} checked: ${healthy ? 'healthy' : 'damaged'}`,
  ].join('\n')

const damageText = ({ file, part, holds, effect, remedy }: Damage): string =>
  [`${file}: ${part}`, ...holdsText(holds), `  effect  ${effect}`, `  to do   ${remedy}`, ''].join('\n')

const holdsText = ({ type, rows, times, offsets, stamps }: Damage['holds']): readonly string[] => {
  const parts = [
    ...(type === undefined ? [] : [`events ${type}`]),
    ...(rows === undefined ? [] : [`rows ${rows[0]} to ${rows[1]}`]),
    ...(times === undefined ? [] : [`times ${moment(times[0])} to ${moment(times[1])}`]),
    ...(offsets === undefined ? [] : [`offsets ${offsets[0]} to ${offsets[1]}`]),
    ...(stamps === undefined ? [] : [`recorded between ${moment(Math.floor(stamps[0]))} and ${moment(Math.ceil(stamps[1]))}`]),
  ]
  return parts.length === 0 ? [] : [`  holds   ${parts.join(', ')}`]
}
