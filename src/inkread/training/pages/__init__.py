"""The page network's training: network, targets, loss, pools of made pages, fit and export."""
