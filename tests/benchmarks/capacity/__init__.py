"""How much the bus carries and what it needs: measured service times, a simulation of events, and sizes of countries.

measuring.py   what each walk costs, by batches of several sizes   -> figures.json
figures.py     that file
events.py      time, pools of processors, and what waits for them: knows nothing of the bus
bus.py         the walks as stations
demand.py      what a province, a nation and more send
sizing.py      what to buy for it
"""
