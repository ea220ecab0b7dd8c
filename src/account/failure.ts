import { errorName } from "../diagnostics.js";

/** What went wrong with a run, for those who watch. */
export class Failure {
  /** The error's name. */
  error: string | undefined;
  /** Whether `wx.catch` did not make a reply of it, … */
  isLost = false;
  /** … and what it was. */
  lost: unknown;

  readonly note = (error: unknown): void => {
    this.error ??= errorName(error);
  };

  lose(error: unknown): void {
    this.note(error);
    this.isLost = true;
    this.lost = error;
  }
}
