import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { endSessionOn } from '../api/queries.ts';
import { ErrorNote } from './parts.tsx';

interface DialogProps {
  readonly title: string;
  readonly action: string;
  readonly danger?: boolean;
  /** Asks for a reason, which is kept with the record. */
  readonly asksReason?: boolean;
  readonly children?: ReactNode;
  readonly onClose: () => void;
  readonly onSubmit: (reason: string) => Promise<unknown>;
}

/** A modal question. It stays open with the error where the action fails, and cannot be sent twice. */
export function Dialog(props: DialogProps) {
  const { title, action, danger = false, asksReason = false, children, onClose, onSubmit } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser gives the focus back to the button that asked when the dialog closes, and not when it is taken out of the page.
    return () => shown?.close();
  }, []);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    setBusy(true);
    setError(null);
    try {
      await onSubmit(reason);
      onClose();
    } catch (caught) {
      const failure = caught instanceof Error ? caught : new Error(String(caught));
      endSessionOn(failure);
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form method="dialog" onSubmit={(event) => void submit(event)}>
        <h2 id={titleId}>{title}</h2>
        {children}
        {asksReason ? (
          <label className="field">
            <span>Reason</span>
            <input name="reason" maxLength={500} autoComplete="off" placeholder="optional, kept with the record" />
          </label>
        ) : null}
        {error === null ? null : <ErrorNote error={error} />}
        <footer>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className={danger ? 'danger' : 'primary'} disabled={busy}>
            {busy ? 'Working …' : action}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
