/** Answers as a Parquet file. */
import { parquetWriteFile } from 'hyparquet-writer/src/node.js'

export interface NumbersOut {
  readonly name: string
  /** NaN for null. */
  readonly values: Float64Array
  readonly isWhole: boolean
}

export const writeNumbers = async (path: string, columns: readonly NumbersOut[]): Promise<void> => {
  await parquetWriteFile({
    filename: path,
    columnData: columns.map(({ name, values, isWhole }) => ({
      name,
      data: Array.from(values, (v) => (Number.isNaN(v) ? null : isWhole ? BigInt(v) : v)),
      type: isWhole ? 'INT64' : 'DOUBLE',
      nullable: true,
    })),
  })
}
