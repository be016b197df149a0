/** Lets the user choose a session's file; null: the dialog was closed. */
export function chooseSession(): Promise<File | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.headgate';
  return new Promise((chosen) => {
    input.addEventListener('cancel', () => chosen(null));
    input.addEventListener('change', () => chosen(input.files?.[0] ?? null));
    input.click();
  });
}
