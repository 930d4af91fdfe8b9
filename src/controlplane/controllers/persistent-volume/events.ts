/** What is told of a claim or a volume. */
export interface VolumeEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export const normal = (reason: string, message: string): VolumeEvent => ({ type: 'Normal', reason, message })
export const warning = (reason: string, message: string): VolumeEvent => ({ type: 'Warning', reason, message })
