// Scores at or below this are hidden: their weight is 0.
const HIDDEN = -3.4e38;
