"""What is written down of the exchanges on the wire, in the trace and in the log, without what is nobody's business."""
