"""What runs the user's code in the project's Python: started by the emulator as scripts, standard library only.

Each begins with the same three lines, so that `local` can be imported before the user's code runs and not by it:

    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from local import lifeline
    lifeline.hold()
"""
