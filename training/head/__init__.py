"""Training of W3 over two frozen backbones, room by room; `training.train_head` runs it.

configuration  what decides a run          documents    where text comes from, what is held out
lanes          who reads which document    masks        which pieces are blank
layouts        segments into tensors       loading      step after step, ahead of the trainer
states         what the backbones see      objective    the head and its loss
checkpoints    stop, resume, refuse        metrics      what is written down
run            the loop                    toy_pair     a pair and text to try it all on
"""
