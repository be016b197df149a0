/** Offers a file to the user's download folder. */
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has taken the bytes by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Saves a text. @param name with its ending; it may be made of anything */
export function saveText(name: string, text: string, type: string): void {
  saveBlob(name.replaceAll(/[^\p{L}\p{N}._ -]+/gu, '-'), new Blob([text], { type }));
}
