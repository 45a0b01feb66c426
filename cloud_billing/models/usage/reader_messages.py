"""What readers say as codes and values, as sentences a person reads: file, row, column, what is wrong, what to do."""
